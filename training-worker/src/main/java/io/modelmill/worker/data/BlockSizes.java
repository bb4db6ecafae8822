package io.modelmill.worker.data;

/** How many rows lie near each other on disk. */
final class BlockSizes {
    /** Rows that are no more than this are in memory anyway: they are one block, and all of them are shuffled. */
    private static final long IN_MEMORY = 256L << 20;

    /** Large enough that a disk reads it about as fast as it can, and that its rows are well mixed. */
    private static final long BLOCK = 32L << 20;

    /** An order of rows is kept in memory for a few blocks. */
    private static final int MOST_ROWS = 1 << 19;

    private BlockSizes() {}

    /**
     * Rows of a block.
     *
     * @param bytes of all rows
     * @param count rows, in all
     */
    static int of(long bytes, long count) {
        if (count == 0) {
            return 1;
        }
        long rows = bytes <= IN_MEMORY ? count : BLOCK / Math.max(1, bytes / count);
        return (int) Math.clamp(rows, 1, MOST_ROWS);
    }
}
