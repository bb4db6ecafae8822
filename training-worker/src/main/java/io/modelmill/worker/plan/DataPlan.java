package io.modelmill.worker.plan;

import io.modelmill.worker.failure.JobFailedException;
import java.util.List;

/**
 * How rows become tensors and which are held out.
 *
 * @param labelColumn column to predict
 * @param featureColumns columns to predict from; empty is every column but the label
 * @param testFraction fraction of rows that is held out, above 0 and at most 0.9
 * @param normalization {@code none}, {@code min_max} or {@code z_score}
 */
public record DataPlan(String labelColumn, List<String> featureColumns, double testFraction, String normalization) {
    private static final double DEFAULT_TEST_FRACTION = 0.2;
    private static final double LARGEST_TEST_FRACTION = 0.9;

    public DataPlan {
        featureColumns = List.copyOf(featureColumns);
        testFraction = testFraction == 0 ? DEFAULT_TEST_FRACTION : testFraction;
        normalization = normalization.isEmpty() ? "none" : normalization;
        if (labelColumn.isEmpty()) {
            throw new JobFailedException("data.label_column: empty (expected: a column's name)");
        }
        if (!(testFraction > 0 && testFraction <= LARGEST_TEST_FRACTION)) {
            throw new JobFailedException("data.test_fraction: %s (expected: above 0 and at most %s)"
                    .formatted(testFraction, LARGEST_TEST_FRACTION));
        }
    }
}
