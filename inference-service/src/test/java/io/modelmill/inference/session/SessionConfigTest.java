package io.modelmill.inference.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelmill.inference.fixture.Configurations;
import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class SessionConfigTest {
    @Test
    void hasTheseDefaults() {
        SessionConfig config = Configurations.of(SessionConfig.class, Map.of());

        assertThat(config.device()).isEqualTo(Device.CPU);
        assertThat(config.intraOpThreads()).isEqualTo(1);
        assertThat(config.runThreads()).isEmpty();
        assertThat(config.cuda().deviceIds()).containsExactly(0);
        assertThat(config.cuda().memoryLimit()).isEmpty();
        assertThat(config.cuda().cudnnConvolutionSearch()).isEqualTo(SessionConfig.ConvolutionSearch.HEURISTIC);
        assertThat(config.cuda().memoryPattern()).isFalse();
        assertThat(config.cuda().tensorrt()).isFalse();
        assertThat(config.cuda().tensorrtCacheDirectory()).isEmpty();
        assertThat(config.cuda().tensorrtFp16()).isFalse();
    }

    @Test
    void readsEachProperty() {
        SessionConfig config = Configurations.of(
                SessionConfig.class,
                Map.ofEntries(
                        Map.entry("modelmill.session.device", "cuda"),
                        Map.entry("modelmill.session.intra-op-threads", "2"),
                        Map.entry("modelmill.session.run-threads", "3"),
                        Map.entry("modelmill.session.cuda.device-ids", "1,3"),
                        Map.entry("modelmill.session.cuda.memory-limit", "4G"),
                        Map.entry("modelmill.session.cuda.cudnn-convolution-search", "exhaustive"),
                        Map.entry("modelmill.session.cuda.memory-pattern", "true"),
                        Map.entry("modelmill.session.cuda.tensorrt", "true"),
                        Map.entry("modelmill.session.cuda.tensorrt-cache-directory", "/var/cache/engines"),
                        Map.entry("modelmill.session.cuda.tensorrt-fp16", "true")));

        assertThat(config.device()).isEqualTo(Device.CUDA);
        assertThat(config.intraOpThreads()).isEqualTo(2);
        assertThat(config.runThreads()).isEqualTo(OptionalInt.of(3));
        assertThat(config.cuda().deviceIds()).containsExactly(1, 3);
        assertThat(config.cuda().memoryLimit().orElseThrow().asLongValue()).isEqualTo(4L << 30);
        assertThat(config.cuda().cudnnConvolutionSearch()).isEqualTo(SessionConfig.ConvolutionSearch.EXHAUSTIVE);
        assertThat(config.cuda().memoryPattern()).isTrue();
        assertThat(config.cuda().tensorrt()).isTrue();
        assertThat(config.cuda().tensorrtCacheDirectory()).contains(Path.of("/var/cache/engines"));
        assertThat(config.cuda().tensorrtFp16()).isTrue();
    }
}
