package io.modelmill.worker.store;

import java.lang.foreign.MemorySegment;

/** Something of each row. */
public interface Stored {
    /** Number of rows. */
    long count();

    /** The row's bytes, as they lie in the file. */
    MemorySegment row(long row);
}
