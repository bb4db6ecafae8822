package io.modelmill.worker.objective;

import io.modelmill.trainingspec.optimization.Losses;
import io.modelmill.trainingspec.setting.Settings;
import io.modelmill.worker.failure.JobFailedException;
import io.modelmill.worker.rows.Answers;
import java.util.List;

/** How much a row of each class counts. */
final class ClassWeights {
    private ClassWeights() {}

    /** A weight for each class; empty if all count the same. */
    static List<Double> of(Settings loss, Answers.Classes classes) {
        List<Double> given = loss.get(Losses.CLASS_WEIGHTS);
        if (!given.isEmpty()) {
            if (given.size() != classes.labels().size()) {
                throw new JobFailedException(
                        "loss.class_weights: %d weights (expected: %d, one for each of the classes %s)"
                                .formatted(given.size(), classes.labels().size(), shown(classes.labels())));
            }
            return given;
        }
        return loss.get(Losses.CLASS_WEIGHTING).equals("balanced") ? balanced(classes.counts()) : List.of();
    }

    /** Rows / (classes x rows of the class): classes weigh the same together, and the mean weight of a row is 1. */
    private static List<Double> balanced(List<Long> counts) {
        double rows = counts.stream().mapToLong(Long::longValue).sum();
        // A class of held-out rows alone has no weight of its own: that of a single row is the most it could have.
        return counts.stream()
                .map(count -> rows / (counts.size() * (double) Math.max(1, count)))
                .toList();
    }

    private static String shown(List<String> labels) {
        return labels.size() <= 10 ? labels.toString() : labels.subList(0, 10) + " and more";
    }
}
