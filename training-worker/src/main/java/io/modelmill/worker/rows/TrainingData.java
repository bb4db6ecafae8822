package io.modelmill.worker.rows;

import java.util.Map;

/** A data set, cleaned, split and fitted on its training rows. */
public interface TrainingData extends AutoCloseable {
    Answers answers();

    /** Makes the model's first part, its constants in the caller's {@code PointerScope}. */
    InputStage inputStage();

    RowSet training();

    /** Measured after each epoch; may be empty. */
    RowSet validation();

    /** Measured at the end; empty where the job splits nothing off, and then the training rows are measured. */
    RowSet heldOut();

    /** Files that belong to the version beside the graph, such as {@code held-out-rows.json} and {@code tokenizer.json}. */
    Map<String, byte[]> files();

    /**
     * Facts for the model card, by name, such as {@code rows}, {@code training_rows} and {@code dropped_missing_rows}; values
     * are texts and numbers.
     */
    Map<String, Object> facts();

    /** Deletes what it keeps on disk. */
    @Override
    void close();
}
