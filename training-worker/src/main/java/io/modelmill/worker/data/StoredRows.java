package io.modelmill.worker.data;

import io.modelmill.worker.rows.Batch;
import io.modelmill.worker.rows.Feed;
import io.modelmill.worker.rows.RowSet;
import io.modelmill.worker.store.Records;
import java.util.List;

/**
 * Rows of one use.
 *
 * @param numbers of each among all rows, 64 bits, rising
 */
record StoredRows(FittedRows all, Records numbers, int blockSize) implements RowSet {
    @Override
    public long count() {
        return numbers.count();
    }

    @Override
    public Batch read(long[] rows) {
        return all.read(numbers(rows));
    }

    @Override
    public List<Feed> feeds(long[] rows) {
        return all.feeds(numbers(rows));
    }

    private long[] numbers(long[] rows) {
        long[] among = new long[rows.length];
        for (int i = 0; i < rows.length; i++) {
            among[i] = numbers.longAt(rows[i], 0);
        }
        return among;
    }
}
