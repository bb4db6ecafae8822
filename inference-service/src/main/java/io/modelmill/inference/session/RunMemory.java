package io.modelmill.inference.session;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * Direct memory for the tensors of one run thread, used again from run to run. It grows to the largest run; what goes
 * beyond {@link #RETAINED_BYTES} is given back once {@link #PATIENCE} runs in a row did without it, so that one huge
 * request does not hold its memory for ever.
 */
final class RunMemory implements AutoCloseable {
    static final long RETAINED_BYTES = 64L << 20;
    static final int PATIENCE = 64;

    private static final long SMALLEST_BLOCK = 64L << 10;
    private static final long LARGE_STEP = 4L << 20;

    private @Nullable Block idle;
    private int withoutNeed;
    private boolean closed;

    /**
     * Takes a block. A second one while the first is still in use is fresh memory, so results may outlive the next run.
     *
     * @throws OutOfMemoryError if there is none
     */
    synchronized Block take(long bytes) {
        Block block = idle;
        idle = null;
        if (block != null && isOutgrown(block, bytes)) {
            block.free();
            block = null;
        }
        return block == null ? new Block(roundedUp(bytes)) : block.emptied();
    }

    private boolean isOutgrown(Block block, long bytes) {
        if (block.size() < bytes) {
            return true;
        }
        if (block.size() <= RETAINED_BYTES || bytes > RETAINED_BYTES) {
            withoutNeed = 0;
            return false;
        }
        withoutNeed++;
        return withoutNeed > PATIENCE;
    }

    private static long roundedUp(long bytes) {
        if (bytes <= SMALLEST_BLOCK) {
            return SMALLEST_BLOCK;
        }
        return bytes <= RETAINED_BYTES
                ? Long.highestOneBit(bytes - 1) << 1
                : Math.ceilDiv(bytes, LARGE_STEP) * LARGE_STEP;
    }

    /** Ends one {@link #take}. */
    synchronized void giveBack(Block block) {
        if (closed || idle != null) {
            block.free();
        } else {
            idle = block;
        }
    }

    /** Frees what is not in use; the rest is freed when it is given back. */
    @Override
    public synchronized void close() {
        closed = true;
        if (idle != null) {
            idle.free();
            idle = null;
        }
    }

    /** Memory of one run, handed out in pieces. */
    static final class Block {
        /** What ONNX Runtime aligns its own tensors to. */
        private static final long ALIGNMENT = 64;

        // Shared: results may be read and closed on another thread than the run's.
        private final Arena arena = Arena.ofShared();
        private final MemorySegment segment;
        private long used;

        private Block(long bytes) {
            try {
                segment = arena.allocate(bytes, ALIGNMENT);
            } catch (Throwable failure) {
                arena.close();
                throw failure;
            }
        }

        /** What a piece takes of a block: never nothing, for an empty piece needs an address too. */
        static long footprint(long bytes) {
            return Math.ceilDiv(Math.max(1, bytes), ALIGNMENT) * ALIGNMENT;
        }

        /** The next piece, little-endian, from 0 to its size. It holds values of the run before. */
        ByteBuffer next(int bytes) {
            ByteBuffer piece = segment.asSlice(used, bytes).asByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
            used += footprint(bytes);
            return piece;
        }

        long size() {
            return segment.byteSize();
        }

        private Block emptied() {
            used = 0;
            return this;
        }

        private void free() {
            arena.close();
        }
    }
}
