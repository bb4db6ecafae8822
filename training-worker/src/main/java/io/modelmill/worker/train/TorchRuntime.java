package io.modelmill.worker.train;

import org.bytedeco.openblas.global.openblas_nolapack;
import org.bytedeco.pytorch.global.torch;

/** Sets libtorch up for one run. */
public final class TorchRuntime {
    private TorchRuntime() {}

    /**
     * Gives libtorch all cores and seeds its generator. The same seed and the same number of cores give the same bits.
     * OpenBLAS gets one thread: its pool and OpenMP's would fight for the cores, at up to a hundred times the run time.
     */
    public static void prepare(long seed) {
        // JavaCPP counts the whole process against the Java heap's limit and would fail where libtorch still has room.
        System.setProperty("org.bytedeco.javacpp.maxBytes", "0");
        System.setProperty("org.bytedeco.javacpp.maxPhysicalBytes", "0");
        torch.set_num_threads(Runtime.getRuntime().availableProcessors());
        openblas_nolapack.blas_set_num_threads(1);
        torch.manual_seed(seed);
    }
}
