package io.modelmill.worker.data;

import io.modelmill.dataset.RowCursor;
import io.modelmill.worker.rows.Feed;
import io.modelmill.worker.rows.InputStage;
import io.modelmill.worker.split.RowUses;
import io.modelmill.worker.store.Stored;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/**
 * What is predicted from: first read row by row, then fitted on the rows that train, then asked for. Rows are numbered in the
 * data set's order.
 */
interface Features {
    /**
     * Keeps what a row has.
     *
     * @return whether all is there; a row where it is not is dropped
     */
    boolean read(RowCursor row);

    /** Ends reading. */
    void finish();

    /** What makes a row the same as another. */
    List<Stored> stored();

    /** Learns from the rows that train, and may drop some of them. */
    void fit(RowUses uses);

    /** Makes the model's first part, its constants in the caller's scope. */
    InputStage stage();

    /** Some rows as the stage takes them, in the caller's scope. */
    List<Tensor> tensors(long[] rows);

    /** Some rows as the graph takes them. */
    List<Feed> feeds(long[] rows);

    /** Files of the version, by name. */
    default Map<String, byte[]> files() {
        return Map.of();
    }

    /** Index of the column that a number comes from, by its place among a row's numbers as the network takes them. */
    int column(int place);

    /** For the model card. */
    Map<String, Object> facts();
}
