package io.modelmill.worker.data;

import io.modelmill.worker.rows.Batch;
import io.modelmill.worker.rows.Feed;
import io.modelmill.worker.rows.InputStage;
import java.util.List;
import java.util.Map;

/** Rows of all uses, by number. */
interface FittedRows {
    /** Makes the model's first part, its constants in the caller's scope. */
    InputStage stage();

    /** Reads some rows into the caller's scope. */
    Batch read(long[] rows);

    /** Some rows as the graph takes them. */
    List<Feed> feeds(long[] rows);

    /** Files of the version, by name. */
    Map<String, byte[]> files();
}
