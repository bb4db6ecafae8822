package io.modelmill.worker.store;

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
    public void add(byte[] row) {
        bytes.addAll(row);
        length += row.length;
        ends.add(length);
    }

    /** Ends the file and maps it. */
    public Spans finish() {
        Records written = bytes.finish();
        return new Spans(written.all(), ends.finish());
    }
}
