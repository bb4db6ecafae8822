package io.modelmill.inference.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LargeBlocksTest {
    private static final long WEIGHTS_BYTES = 24L << 20;
    private static final int BLOCKS = 16;

    /** The bit of a chunk's size in glibc, just before the block, that tells a mapping of its own. */
    private static final long IS_MAPPED = 2;

    private static final Linker LINKER = Linker.nativeLinker();

    @Test
    void weightsAreMappedByThemselvesAgainAndAgain() throws Throwable {
        assumeTrue(LargeBlocks.mapEach(Map.of()), "this is not glibc");

        // The first is mapped in any case; to free it would raise the threshold above the second.
        assertThat(mappedOnce()).isTrue();
        assertThat(mappedOnce()).isTrue();
    }

    @Test
    void leavesAnOperatorsThresholdAlone() {
        assertThat(LargeBlocks.mapEach(Map.of("MALLOC_MMAP_THRESHOLD_", "1048576")))
                .isFalse();
        assertThat(LargeBlocks.mapEach(Map.of("GLIBC_TUNABLES", "glibc.malloc.mmap_threshold=1048576")))
                .isFalse();
    }

    private static boolean mappedOnce() throws Throwable {
        MethodHandle malloc = handle("malloc", FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.JAVA_LONG));
        MethodHandle free = handle("free", FunctionDescriptor.ofVoid(ValueLayout.ADDRESS));
        // What earlier tests of this process gave back may hold the first ones.
        List<MemorySegment> blocks = new ArrayList<>();
        for (int i = 0; i < BLOCKS; i++) {
            blocks.add((MemorySegment) malloc.invokeExact(WEIGHTS_BYTES));
        }
        long size = MemorySegment.ofAddress(blocks.getLast().address() - Long.BYTES)
                .reinterpret(Long.BYTES)
                .get(ValueLayout.JAVA_LONG, 0);
        for (MemorySegment block : blocks) {
            free.invokeExact(block);
        }
        return (size & IS_MAPPED) != 0;
    }

    private static MethodHandle handle(String name, FunctionDescriptor type) {
        return LINKER.downcallHandle(LINKER.defaultLookup().find(name).orElseThrow(), type);
    }
}
