package io.modelmill.worker.store;

import java.lang.foreign.MemorySegment;

/** Writes bytes of each row into a file, of any length. */
public final class SpanWriter {
    private final RecordWriter bytes;
    private final RecordWriter ends;
    private long length;

    SpanWriter(RecordWriter bytes, RecordWriter ends) {
        this.bytes = bytes;
        this.ends = ends;
    }

    /** Writes the next row. */
    public void add(MemorySegment row) {
        bytes.addAll(row);
        length += row.byteSize();
        ends.add(length);
    }

    /** Ends the file and maps it. */
    public Spans finish() {
        Records written = bytes.finish();
        return new Spans(written.all(), ends.finish());
    }
}
