package io.modelmill.worker.input;

import java.util.Arrays;

/**
 * What is done to numbers last: {@code (value - shift) * scale} in 32-bit floats. Trainer and exported graph compute it the
 * same way.
 *
 * @param shift one for each group of numbers: a table's column, an image's channel, or all values together
 * @param scale likewise
 */
@SuppressWarnings("ArrayRecordComponent") // Bulk data: never compared, never changed after construction.
public record Scaling(float[] shift, float[] scale) {
    /** Changes nothing. */
    public static Scaling none(int groups) {
        return constant(groups, 1);
    }

    private static Scaling constant(int groups, float factor) {
        float[] scale = new float[groups];
        Arrays.fill(scale, factor);
        return new Scaling(new float[groups], scale);
    }

    /**
     * The scaling of a normalisation.
     *
     * @param statistics of the training rows, as they are before it
     */
    public static Scaling fit(Normalization normalization, Statistics statistics) {
        int groups = statistics.groups();
        return switch (normalization) {
            case NONE -> none(groups);
            case SCALE_255 -> constant(groups, 1 / 255f);
            case MIN_MAX, Z_SCORE -> {
                var scaling = none(groups);
                for (int group = 0; group < groups; group++) {
                    scaling.fit(normalization == Normalization.MIN_MAX, statistics, group);
                }
                yield scaling;
            }
        };
    }

    private void fit(boolean range, Statistics statistics, int group) {
        if (statistics.count(group) == 0) {
            return;
        }
        double least = statistics.least(group);
        double most = statistics.most(group);
        float factor = (float) (1 / (range ? most - least : statistics.deviation(group)));
        shift[group] = (float) (range ? least : statistics.mean(group));
        // What does not vary has no spread: it becomes 0 and keeps its scale, so that nothing is divided by zero.
        scale[group] = least == most || !Float.isFinite(factor) || factor == 0 ? 1 : factor;
    }

    /** Whether values stay as they are. */
    public boolean isIdentity() {
        for (int group = 0; group < shift.length; group++) {
            if (shift[group] != 0 || scale[group] != 1) {
                return false;
            }
        }
        return true;
    }
}
