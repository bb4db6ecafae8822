package io.modelmill.inference.session;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** How graphs run. */
@ConfigMapping(prefix = "modelmill.session")
public interface SessionConfig {
    /** {@code cpu} or {@code cuda}. */
    @WithDefault("cpu")
    Device device();

    /**
     * Threads that share one run, of the one pool that all runs of the process have. One is best under load, for runs go
     * side by side. From 1 to the processors that this process may use.
     */
    @WithDefault("1")
    int intraOpThreads();

    /** Runs at a time. Default: the processors on a CPU, one for each device on CUDA. */
    OptionalInt runThreads();

    /** What concerns CUDA devices only. */
    Cuda cuda();

    /** Of the build with the profile {@code cuda}. */
    interface Cuda {
        /** Devices by CUDA's numbers; run thread i runs on the i-th of them, then from the first again. */
        @WithDefault("0")
        List<Integer> deviceIds();

        /** Most memory of a device that one session's arena may take. Default: all. */
        Optional<MemorySize> memoryLimit();

        /**
         * How cuDNN finds its convolutions: {@code heuristic} without trying, {@code exhaustive} by trying all at the
         * first run of each shape, {@code default} takes one that always works.
         */
        @WithDefault("heuristic")
        ConvolutionSearch cudnnConvolutionSearch();

        /** Whether memory is planned ahead for each shape of inputs; costs memory where shapes vary. */
        @WithDefault("false")
        boolean memoryPattern();

        /** Whether TensorRT runs what it can of a graph, and CUDA the rest; needs TensorRT 10 on the machine. */
        @WithDefault("false")
        boolean tensorrt();

        /** Where TensorRT keeps its engines, which take minutes to build; required with TensorRT. */
        Optional<Path> tensorrtCacheDirectory();

        /** Whether TensorRT may calculate with 16 bits, which changes results a little. */
        @WithDefault("false")
        boolean tensorrtFp16();
    }

    /** See {@link Cuda#cudnnConvolutionSearch}. */
    enum ConvolutionSearch {
        DEFAULT,
        HEURISTIC,
        EXHAUSTIVE
    }
}
