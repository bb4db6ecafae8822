package io.modelmill.worker.evaluate;

import io.modelmill.worker.data.Targets;
import io.modelmill.worker.failure.JobFailedException;
import java.util.LinkedHashMap;
import java.util.Map;

/** Measures of a network's output on held-out rows. */
public final class Evaluation {
    private Evaluation() {}

    /**
     * Measures.
     *
     * @param outputs the network's output for each held-out row: logits, or one number
     * @param heldOut the rows, in the order of the outputs
     * @return {@code test_loss} and {@code test_accuracy}, or {@code test_mean_squared_error},
     *     {@code test_mean_absolute_error} and, unless all targets are equal, {@code test_r2}
     */
    public static Map<String, Double> measure(float[] outputs, Targets targets, int[] heldOut) {
        Map<String, Double> metrics = switch (targets) {
            case Targets.Classes classes -> classes(outputs, classes, heldOut);
            case Targets.Numbers numbers -> numbers(outputs, numbers, heldOut);
        };
        metrics.forEach((name, value) -> {
            if (!Double.isFinite(value)) {
                throw new JobFailedException(
                        "%s on the held-out rows is %s (expected: a finite number): try a lower learning_rate or a normalization"
                                .formatted(name, value));
            }
        });
        return metrics;
    }

    private static Map<String, Double> classes(float[] logits, Targets.Classes targets, int[] heldOut) {
        int width = targets.outputWidth();
        double loss = 0;
        int right = 0;
        for (int i = 0; i < heldOut.length; i++) {
            int offset = i * width;
            int best = 0;
            for (int label = 1; label < width; label++) {
                if (logits[offset + label] > logits[offset + best]) {
                    best = label;
                }
            }
            double sum = 0;
            for (int label = 0; label < width; label++) {
                sum += Math.exp((double) logits[offset + label] - logits[offset + best]);
            }
            int expected = targets.indices()[heldOut[i]];
            loss += Math.log(sum) + logits[offset + best] - logits[offset + expected];
            right += best == expected ? 1 : 0;
        }
        Map<String, Double> metrics = new LinkedHashMap<>();
        metrics.put("test_loss", loss / heldOut.length);
        metrics.put("test_accuracy", (double) right / heldOut.length);
        return metrics;
    }

    private static Map<String, Double> numbers(float[] predictions, Targets.Numbers targets, int[] heldOut) {
        double sum = 0;
        for (int row : heldOut) {
            sum += targets.values()[row];
        }
        double mean = sum / heldOut.length;
        double squares = 0;
        double absolutes = 0;
        double spread = 0;
        for (int i = 0; i < heldOut.length; i++) {
            double target = targets.values()[heldOut[i]];
            double error = predictions[i] - target;
            squares += error * error;
            absolutes += Math.abs(error);
            spread += (target - mean) * (target - mean);
        }
        Map<String, Double> metrics = new LinkedHashMap<>();
        metrics.put("test_mean_squared_error", squares / heldOut.length);
        metrics.put("test_mean_absolute_error", absolutes / heldOut.length);
        if (spread > 0) {
            metrics.put("test_r2", 1 - squares / spread);
        }
        return metrics;
    }
}
