package io.modelmill.inference.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelmill.inference.fixture.Configurations;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PipelineConfigTest {
    @Test
    void hasDefaults() {
        PipelineConfig config = Configurations.of(PipelineConfig.class, Map.of("user.home", "/home/someone"));

        assertThat(config.nativeDirectory()).isEqualTo(Path.of("/home/someone/.modelmill/native"));
        assertThat(config.threads()).isEmpty();
        assertThat(config.queueCapacity()).isEqualTo(256);
    }

    @Test
    void takesWhatIsSet() {
        PipelineConfig config = Configurations.of(
                PipelineConfig.class,
                Map.of(
                        "modelmill.pipeline.native-directory", "/native",
                        "modelmill.pipeline.threads", "3",
                        "modelmill.pipeline.queue-capacity", "7"));

        assertThat(config.nativeDirectory()).isEqualTo(Path.of("/native"));
        assertThat(config.threads()).hasValue(3);
        assertThat(config.queueCapacity()).isEqualTo(7);
    }
}
