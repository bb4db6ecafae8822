package io.modelmill.worker.quantize;

/** How often, or how nearly, answers are right. */
final class Score {
    private static final float HALF = 0.5f;

    private long right;
    private double squaredErrors;
    private double sum;
    private double squares;

    /**
     * Adds answers of some rows.
     *
     * @param answers probabilities or logits of each row's classes; or of two classes the probability of the second
     * @param targets classes of the data
     */
    void addClasses(float[] answers, long[] targets, Truth.Classes classes) {
        int width = answers.length / targets.length;
        for (int row = 0; row < targets.length; row++) {
            int best = 0;
            for (int index = 1; index < width; index++) {
                if (answers[row * width + index] > answers[row * width + best]) {
                    best = index;
                }
            }
            if (width == 1) {
                best = answers[row] >= HALF ? 1 : 0;
            }
            right += best == classes.parentIndex()[Math.toIntExact(targets[row])] ? 1 : 0;
        }
    }

    /** Adds answers of some rows. */
    void addNumbers(float[] answers, float[] targets) {
        for (int row = 0; row < targets.length; row++) {
            double error = (double) answers[row] - targets[row];
            squaredErrors += error * error;
            sum += targets[row];
            squares += (double) targets[row] * targets[row];
        }
    }

    /** The accuracy, or R²: 1 less the share of the targets' variance that is not answered. */
    double value(Truth truth, long rows) {
        if (truth instanceof Truth.Classes) {
            return (double) right / rows;
        }
        double variation = squares - sum * sum / rows;
        return variation > 0 ? 1 - squaredErrors / variation : squaredErrors == 0 ? 1 : 0;
    }
}
