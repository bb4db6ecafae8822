package io.modelmill.inference.session;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession.SessionOptions;
import ai.onnxruntime.providers.OrtCUDAProviderOptions;
import ai.onnxruntime.providers.OrtTensorRTProviderOptions;
import io.quarkus.runtime.configuration.MemorySize;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/** Configuration of CUDA devices in ONNX Runtime's words. */
final class CudaOptions {
    private final SessionConfig.Cuda config;

    /** @throws IllegalStateException if a setting is missing or makes no sense */
    CudaOptions(SessionConfig.Cuda config) {
        this.config = config;
        require(!config.deviceIds().isEmpty(), "device-ids", config.deviceIds(), "at least one");
        require(
                config.deviceIds().stream().allMatch(id -> id >= 0),
                "device-ids",
                config.deviceIds(),
                "numbers of devices, from 0");
        require(
                config.memoryLimit().map(MemorySize::asLongValue).orElse(1L) > 0,
                "memory-limit",
                config.memoryLimit().map(MemorySize::asLongValue).orElse(0L),
                "more than 0");
        require(
                !config.tensorrt() || config.tensorrtCacheDirectory().isPresent(),
                "tensorrt-cache-directory",
                "not set",
                "a folder, for TensorRT's engines take minutes to build");
    }

    private static void require(boolean valid, String property, Object offered, String expected) {
        if (!valid) {
            throw new IllegalStateException(
                    "modelmill.session.cuda." + property + ": " + offered + " (expected: " + expected + ")");
        }
    }

    /** The device of a run thread. */
    int device(int thread) {
        return config.deviceIds().get(thread % config.deviceIds().size());
    }

    /** Makes a session run on the device of a run thread. */
    void apply(SessionOptions options, int thread) throws OrtException {
        options.setMemoryPatternOptimization(config.memoryPattern());
        int device = device(thread);
        if (config.tensorrt()) {
            // Before CUDA: a node goes to the first provider that takes it.
            try (OrtTensorRTProviderOptions tensorRt = new OrtTensorRTProviderOptions(device)) {
                for (Map.Entry<String, String> setting : tensorRt().entrySet()) {
                    tensorRt.add(setting.getKey(), setting.getValue());
                }
                options.addTensorrt(tensorRt);
            }
        }
        try (OrtCUDAProviderOptions cuda = new OrtCUDAProviderOptions(device)) {
            for (Map.Entry<String, String> setting : cuda().entrySet()) {
                cuda.add(setting.getKey(), setting.getValue());
            }
            options.addCUDA(cuda);
        }
    }

    /** Settings of the CUDA provider, the device's number aside. */
    Map<String, String> cuda() {
        Map<String, String> settings = new TreeMap<>();
        // The other strategy doubles the arena with each growth and would leave no room for the next model.
        settings.put("arena_extend_strategy", "kSameAsRequested");
        settings.put("cudnn_conv_algo_search", config.cudnnConvolutionSearch().name());
        config.memoryLimit().ifPresent(limit -> settings.put("gpu_mem_limit", Long.toString(limit.asLongValue())));
        return settings;
    }

    /** Settings of the TensorRT provider, the device's number aside. */
    Map<String, String> tensorRt() {
        Path cache = config.tensorrtCacheDirectory().orElseThrow();
        Map<String, String> settings = new TreeMap<>();
        settings.put("trt_engine_cache_enable", "1");
        settings.put("trt_engine_cache_path", cache.toString());
        settings.put("trt_timing_cache_enable", "1");
        settings.put("trt_timing_cache_path", cache.toString());
        settings.put("trt_fp16_enable", config.tensorrtFp16() ? "1" : "0");
        return settings;
    }

    /** Where memory is given back after a huge run. */
    String shrinkage(int thread) {
        return "cpu:0;gpu:" + device(thread);
    }
}
