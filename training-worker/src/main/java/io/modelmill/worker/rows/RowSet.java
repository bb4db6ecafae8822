package io.modelmill.worker.rows;

import java.util.List;

/** Rows of one use, such as training, from 0. They may be more than memory holds. */
public interface RowSet {
    /** Number of rows. */
    long count();

    /**
     * Reads some rows into the caller's {@code PointerScope}.
     *
     * @param rows numbers from 0 and below {@link #count()}
     */
    Batch read(long[] rows);

    /**
     * The same rows as a caller of the exported model sends them.
     *
     * @return one feed for each input of the graph
     */
    List<Feed> feeds(long[] rows);

    /**
     * Rows that lie near each other on disk: rows {@code k * blockSize() .. (k + 1) * blockSize() - 1} are read together. An
     * order of rows that is shuffled block by block reads the disk a few times and not once for each row.
     */
    int blockSize();
}
