package io.modelmill.worker.train;

import java.util.Random;

/**
 * The order of the rows of one epoch, which follows from the seed and the epoch's number alone: an attempt that goes on where another
 * left off takes the same rows. Blocks of rows that lie near each other are shuffled, then the rows of a few blocks at a time, so
 * that little of the disk is read at once and memory does not grow with the rows.
 */
final class RowOrder {
    /** Blocks whose rows are mixed. */
    private static final int WINDOW = 8;

    private final Random random;
    private final long count;
    private final long blockSize;
    private final int[] blocks;
    private int nextBlock;
    private long[] window = {};
    private int nextRow;

    /**
     * Begins at the first row of the order.
     *
     * @param epoch from 1
     * @param count of the rows
     * @param blockSize rows of a block
     */
    RowOrder(long seed, int epoch, long count, int blockSize) {
        this.random = new Random(Seeds.mixed(seed, epoch));
        this.count = count;
        this.blockSize = blockSize;
        this.blocks = new int[Math.toIntExact((count + blockSize - 1) / blockSize)];
        for (int block = 0; block < blocks.length; block++) {
            blocks[block] = block;
        }
        for (int left = blocks.length; left > 1; left--) {
            int chosen = random.nextInt(left);
            int block = blocks[chosen];
            blocks[chosen] = blocks[left - 1];
            blocks[left - 1] = block;
        }
    }

    /** The next rows, fewer than asked for at the end. */
    long[] next(int most) {
        long[] rows = new long[most];
        int filled = 0;
        while (filled < most && fillWindow()) {
            int taken = Math.min(most - filled, window.length - nextRow);
            System.arraycopy(window, nextRow, rows, filled, taken);
            nextRow += taken;
            filled += taken;
        }
        return filled == most ? rows : java.util.Arrays.copyOf(rows, filled);
    }

    /** Passes over rows. */
    void skip(long rows) {
        long left = rows;
        while (left > 0 && fillWindow()) {
            long passed = Math.min(left, window.length - nextRow);
            nextRow += (int) passed;
            left -= passed;
        }
    }

    /** Whether there is another row in the window, into which the next blocks are taken. */
    private boolean fillWindow() {
        if (nextRow < window.length) {
            return true;
        }
        if (nextBlock == blocks.length) {
            return false;
        }
        int last = Math.min(nextBlock + WINDOW, blocks.length);
        long size = 0;
        for (int i = nextBlock; i < last; i++) {
            size += end(blocks[i]) - blocks[i] * blockSize;
        }
        window = new long[Math.toIntExact(size)];
        int filled = 0;
        for (; nextBlock < last; nextBlock++) {
            for (long row = blocks[nextBlock] * blockSize; row < end(blocks[nextBlock]); row++) {
                // The place of each row is drawn as it comes in.
                int chosen = random.nextInt(filled + 1);
                window[filled] = window[chosen];
                window[chosen] = row;
                filled++;
            }
        }
        nextRow = 0;
        return true;
    }

    private long end(int block) {
        return Math.min(count, (block + 1) * blockSize);
    }
}
