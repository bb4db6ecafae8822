package io.modelmill.worker.data;

import java.util.List;

/**
 * The rows of a data set, in the file's order.
 *
 * @param featureNames names of the feature columns
 * @param features row after row, {@code count * width()} values
 * @param labels text of the label column, one for each row
 * @param lines line of the file in which each row begins, from 1, for messages
 */
@SuppressWarnings("ArrayRecordComponent") // Bulk data: never compared, never changed after construction.
public record Rows(List<String> featureNames, float[] features, List<String> labels, int[] lines) {
    /** Number of rows. */
    public int count() {
        return labels.size();
    }

    /** Number of features of a row. */
    public int width() {
        return featureNames.size();
    }

    /** The features of some rows, row after row, in the order asked for. */
    public float[] select(int[] rows) {
        float[] selected = new float[Math.multiplyExact(rows.length, width())];
        for (int i = 0; i < rows.length; i++) {
            System.arraycopy(features, rows[i] * width(), selected, i * width(), width());
        }
        return selected;
    }
}
