package io.modelmill.inference.session;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Map;
import java.util.Optional;

/**
 * Has glibc map each large block by itself, so that the weights of an unloaded version go back to the system at once. Left
 * alone, glibc raises its threshold to the largest block that was ever freed, up to 32 MiB: from the first unload on, weights
 * come from the heap of whichever thread loads, and each thread's heap keeps what others could use.
 */
final class LargeBlocks {
    /** Far below weights that matter, far above what is allocated often; runs allocate from ONNX Runtime's own arenas. */
    static final int THRESHOLD_BYTES = 256 << 10;

    /** {@code M_MMAP_THRESHOLD} of malloc.h. */
    private static final int MMAP_THRESHOLD = -3;

    private LargeBlocks() {}

    /**
     * Does so for this process, for good.
     *
     * @param environment whoever sets glibc's threshold by a variable knows better
     * @return false if nothing was changed: for that, or because this is not glibc
     */
    static boolean mapEach(Map<String, String> environment) {
        if (environment.containsKey("MALLOC_MMAP_THRESHOLD_")
                || environment.getOrDefault("GLIBC_TUNABLES", "").contains("malloc.mmap_threshold")) {
            return false;
        }
        Optional<MemorySegment> mallopt = Linker.nativeLinker().defaultLookup().find("mallopt");
        return mallopt.isPresent() && set(mallopt.get());
    }

    private static boolean set(MemorySegment mallopt) {
        MethodHandle call = Linker.nativeLinker()
                .downcallHandle(
                        mallopt,
                        FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
        try {
            return (int) call.invokeExact(MMAP_THRESHOLD, THRESHOLD_BYTES) == 1;
        } catch (Throwable e) {
            throw new IllegalStateException("mallopt could not be called", e);
        }
    }
}
