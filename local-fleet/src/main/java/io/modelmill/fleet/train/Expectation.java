package io.modelmill.fleet.train;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * A figure that a version shall reach.
 *
 * @param measure such as {@code test_accuracy}
 * @param atLeast lower bound
 * @param atMost upper bound
 * @param baseline what the trivial way reaches, on the wrong side of the bound
 */
public record Expectation(
        String measure, Optional<Double> atLeast, Optional<Double> atMost, Optional<Double> baseline) {
    /** Whether the measures hold the figure. One that is missing or no number never does. */
    public boolean isMetBy(Map<String, Double> measures) {
        Double value = measures.get(measure);
        return value != null
                && !value.isNaN()
                && atLeast.filter(bound -> value < bound).isEmpty()
                && atMost.filter(bound -> value > bound).isEmpty();
    }

    /** What is expected, for people: {@code >= 0.97, where the trivial way reaches 0.1}. */
    public String shown() {
        StringBuilder text = new StringBuilder();
        atLeast.ifPresent(bound -> text.append(">= ").append(figure(bound)));
        atMost.ifPresent(bound ->
                text.append(text.isEmpty() ? "" : " and ").append("<= ").append(figure(bound)));
        baseline.ifPresent(value -> text.append("; the trivial way reaches ").append(figure(value)));
        return text.toString();
    }

    static String figure(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e6
                ? String.format(Locale.ROOT, "%.1f", value)
                : String.format(Locale.ROOT, "%.4g", value);
    }
}
