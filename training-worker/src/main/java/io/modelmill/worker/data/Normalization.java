package io.modelmill.worker.data;

import io.modelmill.worker.failure.JobFailedException;
import java.util.Arrays;
import java.util.Map;

/**
 * What is done to each feature before the network: {@code (value - shift) * scale}. Trainer and exported graph compute
 * it the same way, in 32-bit floats.
 *
 * @param shift by feature
 * @param scale by feature
 */
@SuppressWarnings("ArrayRecordComponent") // Bulk data: never compared, never changed after construction.
public record Normalization(float[] shift, float[] scale) {
    private static final Map<String, Fit> CATALOGUE =
            Map.of("none", Fit.NONE, "min_max", Fit.MIN_MAX, "z_score", Fit.Z_SCORE);

    /**
     * Fits to the given rows alone.
     *
     * @param name {@code none}, {@code min_max} (to 0..1) or {@code z_score} (mean 0, deviation 1)
     */
    public static Normalization fit(String name, Rows rows, int[] training) {
        Fit fit = CATALOGUE.get(name);
        if (fit == null) {
            throw new JobFailedException(
                    "data.normalization: `%s` (expected: none, min_max or z_score)".formatted(name));
        }
        int width = rows.width();
        var normalization = new Normalization(new float[width], new float[width]);
        Arrays.fill(normalization.scale, 1);
        if (fit != Fit.NONE) {
            for (int feature = 0; feature < width; feature++) {
                normalization.fitFeature(fit, Column.of(rows, training, feature), feature);
            }
        }
        return normalization;
    }

    /** Whether values stay as they are. */
    public boolean isIdentity() {
        for (int feature = 0; feature < shift.length; feature++) {
            if (shift[feature] != 0 || scale[feature] != 1) {
                return false;
            }
        }
        return true;
    }

    private void fitFeature(Fit fit, Column column, int feature) {
        double spread = switch (fit) {
            case NONE -> 1;
            case MIN_MAX -> (double) column.max - column.min;
            case Z_SCORE -> column.deviation;
        };
        shift[feature] = (float)
                switch (fit) {
                    case NONE -> 0;
                    case MIN_MAX -> column.min;
                    case Z_SCORE -> column.mean;
                };
        // A constant column has no spread: it becomes 0 and keeps its scale, so that nothing is divided by zero.
        float factor = (float) (1 / spread);
        scale[feature] = column.min == column.max || !Float.isFinite(factor) || factor == 0 ? 1 : factor;
    }

    private enum Fit {
        NONE,
        MIN_MAX,
        Z_SCORE
    }

    private record Column(float min, float max, double mean, double deviation) {
        static Column of(Rows rows, int[] training, int feature) {
            float min = Float.POSITIVE_INFINITY;
            float max = Float.NEGATIVE_INFINITY;
            double sum = 0;
            for (int row : training) {
                float value = rows.features()[row * rows.width() + feature];
                min = Math.min(min, value);
                max = Math.max(max, value);
                sum += value;
            }
            double mean = sum / training.length;
            double squares = 0;
            for (int row : training) {
                double distance = rows.features()[row * rows.width() + feature] - mean;
                squares += distance * distance;
            }
            return new Column(min, max, mean, Math.sqrt(squares / training.length));
        }
    }
}
