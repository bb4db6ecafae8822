package io.modelmill.worker.data;

import io.modelmill.worker.rows.Batch;
import io.modelmill.worker.rows.Feed;
import io.modelmill.worker.rows.RowSet;
import io.modelmill.worker.store.Records;
import java.util.List;

/**
 * Rows of one use.
 *
 * @param numbers of each in the data set, 64 bits, rising
 */
record StoredRows(Features features, Labels labels, Records numbers, int blockSize) implements RowSet {
    @Override
    public long count() {
        return numbers.count();
    }

    @Override
    public Batch read(long[] rows) {
        long[] stored = stored(rows);
        return new Batch(features.tensors(stored), labels.target(stored));
    }

    @Override
    public List<Feed> feeds(long[] rows) {
        return features.feeds(stored(rows));
    }

    private long[] stored(long[] rows) {
        long[] stored = new long[rows.length];
        for (int i = 0; i < rows.length; i++) {
            stored[i] = numbers.longAt(rows[i], 0);
        }
        return stored;
    }
}
