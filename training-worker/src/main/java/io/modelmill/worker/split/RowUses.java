package io.modelmill.worker.split;

import io.modelmill.worker.store.RecordWriter;
import io.modelmill.worker.store.Records;
import io.modelmill.worker.store.WorkFiles;
import java.util.Locale;

/** What each row of a data set is for: a byte a row, on disk. */
public final class RowUses {
    private final Records codes;
    private final long[] counts = new long[RowUse.values().length];

    /** @param codes a {@link RowUse#code()} for each row */
    public RowUses(Records codes) {
        this.codes = codes;
        for (long row = 0; row < codes.count(); row++) {
            counts[codes.byteAt(row, 0)]++;
        }
    }

    /** Rows in all, dropped ones among them. */
    public long count() {
        return codes.count();
    }

    /** Rows of a use. */
    public long count(RowUse use) {
        return counts[use.ordinal()];
    }

    public RowUse get(long row) {
        return RowUse.of(codes.byteAt(row, 0));
    }

    public void set(long row, RowUse use) {
        counts[codes.byteAt(row, 0)]--;
        counts[use.ordinal()]++;
        codes.set(row, 0, use.code());
    }

    /** Writes the numbers of a use's rows, rising, 64 bits each. */
    public Records numbers(WorkFiles files, RowUse use) {
        RecordWriter writer = files.records("numbers-" + use.name().toLowerCase(Locale.ROOT), Long.BYTES);
        for (long row = 0; row < count(); row++) {
            if (get(row) == use) {
                writer.add(row);
            }
        }
        return writer.finish();
    }
}
