package io.modelmill.worker.data;

import io.modelmill.worker.rows.Batch;
import io.modelmill.worker.rows.Feed;
import io.modelmill.worker.rows.InputStage;
import java.util.List;
import java.util.Map;

/** Rows of a data set: what is predicted from beside what is predicted. */
record LabelledRows(Features features, Labels labels) implements FittedRows {
    @Override
    public InputStage stage() {
        return features.stage();
    }

    @Override
    public Batch read(long[] rows) {
        return new Batch(features.tensors(rows), labels.target(rows));
    }

    @Override
    public List<Feed> feeds(long[] rows) {
        return features.feeds(rows);
    }

    @Override
    public Map<String, byte[]> files() {
        return features.files();
    }
}
