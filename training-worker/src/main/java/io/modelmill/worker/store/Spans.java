package io.modelmill.worker.store;

import java.lang.foreign.MemorySegment;

/** Bytes of each row, of any length. */
public final class Spans implements Stored {
    private final MemorySegment memory;
    private final Records ends;

    Spans(MemorySegment memory, Records ends) {
        this.memory = memory;
        this.ends = ends;
    }

    @Override
    public long count() {
        return ends.count();
    }

    @Override
    public MemorySegment row(long row) {
        long start = row == 0 ? 0 : ends.longAt(row - 1, 0);
        return memory.asSlice(start, ends.longAt(row, 0) - start);
    }
}
