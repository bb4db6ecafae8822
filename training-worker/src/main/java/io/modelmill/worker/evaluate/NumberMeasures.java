package io.modelmill.worker.evaluate;

import io.modelmill.worker.network.TensorValues;
import io.modelmill.worker.objective.Objective;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/**
 * Measures of numbers: one of each row, or as many as the row itself has. R2 is of the spread around each value's own mean over the
 * rows; without a spread there is none.
 */
final class NumberMeasures implements Measures {
    private final Objective objective;
    private double[] means = {};
    private double[] spreads = {};
    private long rows;
    private double squares;
    private double absolutes;

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
        }
        for (int row = 0; row < count; row++) {
            rows++;
            for (int place = 0; place < width; place++) {
                double value = wanted[row * width + place];
                double error = answers[row * width + place] - value;
                squares += error * error;
                absolutes += Math.abs(error);
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

    private double spread() {
        double sum = 0;
        for (double spread : spreads) {
            sum += spread;
        }
        return sum;
    }
}
