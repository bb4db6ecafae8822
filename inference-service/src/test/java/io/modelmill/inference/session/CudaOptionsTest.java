package io.modelmill.inference.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.modelmill.inference.fixture.Configurations;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CudaOptionsTest {
    @Test
    void takesNoMoreMemoryThanAskedFor() {
        assertThat(options(Map.of()).cuda())
                .isEqualTo(Map.of("arena_extend_strategy", "kSameAsRequested", "cudnn_conv_algo_search", "HEURISTIC"));
    }

    @Test
    void passesSettingsOn() {
        assertThat(options(Map.of("memory-limit", "2G", "cudnn-convolution-search", "exhaustive"))
                        .cuda())
                .isEqualTo(Map.of(
                        "arena_extend_strategy",
                        "kSameAsRequested",
                        "cudnn_conv_algo_search",
                        "EXHAUSTIVE",
                        "gpu_mem_limit",
                        "2147483648"));
    }

    @Test
    void keepsTensorRtEngines() {
        assertThat(options(Map.of("tensorrt", "true", "tensorrt-cache-directory", "/engines", "tensorrt-fp16", "true"))
                        .tensorRt())
                .isEqualTo(Map.of(
                        "trt_engine_cache_enable", "1",
                        "trt_engine_cache_path", "/engines",
                        "trt_timing_cache_enable", "1",
                        "trt_timing_cache_path", "/engines",
                        "trt_fp16_enable", "1"));
    }

    @Test
    void spreadsRunThreadsOverDevices() {
        CudaOptions options = options(Map.of("device-ids", "1,3"));

        assertThat(options.device(0)).isEqualTo(1);
        assertThat(options.device(1)).isEqualTo(3);
        assertThat(options.device(2)).isEqualTo(1);
        assertThat(options.shrinkage(1)).isEqualTo("cpu:0;gpu:3");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "device-ids | -1 | device-ids: [-1] (expected: numbers of devices, from 0)",
                "memory-limit | 0 | memory-limit: 0 (expected: more than 0)",
                "tensorrt | true | tensorrt-cache-directory: not set (expected: a folder, for TensorRT's engines take"
                        + " minutes to build)",
            })
    void refusesWhatMakesNoSense(String property, String value, String message) {
        assertThatIllegalStateException()
                .isThrownBy(() -> options(Map.of(property, value)))
                .withMessage("modelmill.session.cuda." + message);
    }

    private static CudaOptions options(Map<String, String> cuda) {
        Map<String, String> properties = new TreeMap<>();
        cuda.forEach((property, value) -> properties.put("modelmill.session.cuda." + property, value));
        return new CudaOptions(
                Configurations.of(SessionConfig.class, properties).cuda());
    }
}
