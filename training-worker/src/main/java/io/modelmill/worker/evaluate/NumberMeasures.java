package io.modelmill.worker.evaluate;

import io.modelmill.worker.network.TensorValues;
import io.modelmill.worker.objective.Objective;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/**
 * Measures of numbers: one of each row, or as many as the row itself has. The largest error is of any value of any row. R2 is of the
 * spread around each value's own mean over the rows; without a spread there is none.
 */
final class NumberMeasures implements Measures {
    private final Objective objective;
    private double[] means = {};
    private double[] spreads = {};
    private double[] smallest = {};
    private double[] largest = {};
    private long rows;
    private double squares;
    private double absolutes;
    private double largestError;

    NumberMeasures(Objective objective) {
        this.objective = objective;
    }

    @Override
    public void add(Tensor output, Tensor target) {
        float[] answers = TensorValues.floats(objective.answer(output));
        float[] wanted = TensorValues.floats(target);
        int count = Math.toIntExact(target.size(0));
        int width = wanted.length / count;
        if (means.length == 0) {
            means = new double[width];
            spreads = new double[width];
            smallest = filled(width, Double.POSITIVE_INFINITY);
            largest = filled(width, Double.NEGATIVE_INFINITY);
        }
        for (int row = 0; row < count; row++) {
            rows++;
            for (int place = 0; place < width; place++) {
                double value = wanted[row * width + place];
                double error = answers[row * width + place] - value;
                squares += error * error;
                absolutes += Math.abs(error);
                largestError = Math.max(largestError, Math.abs(error));
                smallest[place] = Math.min(smallest[place], value);
                largest[place] = Math.max(largest[place], value);
                double distance = value - means[place];
                means[place] += distance / rows;
                spreads[place] += distance * (value - means[place]);
            }
        }
    }

    @Override
    public Map<String, Double> brief() {
        return full();
    }

    @Override
    public Map<String, Double> full() {
        Map<String, Double> metrics = new LinkedHashMap<>();
        metrics.put("mean_squared_error", squares / values());
        metrics.put("mean_absolute_error", absolutes / values());
        metrics.put("root_mean_squared_error", Math.sqrt(squares / values()));
        metrics.put("max_error", largestError);
        if (spread() > 0) {
            metrics.put("r2", 1 - squares / spread());
        }
        return metrics;
    }

    @Override
    public Map<String, Double> baseline() {
        Map<String, Double> metrics = new LinkedHashMap<>();
        metrics.put("mean_squared_error", spread() / values());
        metrics.put("root_mean_squared_error", Math.sqrt(spread() / values()));
        metrics.put("max_error", farthestFromMean());
        if (spread() > 0) {
            metrics.put("r2", 0.0);
        }
        return metrics;
    }

    @Override
    public String baselineAnswer() {
        return "the mean of the measured rows";
    }

    @Override
    public Map<String, Object> details() {
        return Map.of();
    }

    private double values() {
        return (double) rows * means.length;
    }

    /** The largest distance of any value from its place's mean: that of the smallest or of the largest there. */
    private double farthestFromMean() {
        double distance = 0;
        for (int place = 0; place < means.length; place++) {
            distance = Math.max(distance, Math.max(largest[place] - means[place], means[place] - smallest[place]));
        }
        return distance;
    }

    private static double[] filled(int width, double value) {
        double[] values = new double[width];
        Arrays.fill(values, value);
        return values;
    }

    private double spread() {
        double sum = 0;
        for (double spread : spreads) {
            sum += spread;
        }
        return sum;
    }
}
