package io.modelmill.fleet.train;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A figure that a version shall reach.
 *
 * @param measure such as {@code test_accuracy}
 * @param atLeast lower bound
 * @param atMost upper bound
 * @param baseline what the trivial way reaches, on the wrong side of a bound; what the worker measured of it goes before
 */
public record Expectation(
        String measure, Optional<Double> atLeast, Optional<Double> atMost, Optional<Double> baseline) {
    private static final Pattern SUBSET = Pattern.compile("^(test|train|validation)_");

    /** Name of the trivial way's measure among a version's, such as {@code baseline_accuracy}. */
    String baselineMeasure() {
        return "baseline_" + SUBSET.matcher(measure).replaceFirst("");
    }

    /** Whether the measures hold the figure and beat the baseline among them. One that is missing or no number never does. */
    public boolean isMetBy(Map<String, Double> measures) {
        Double value = measures.get(measure);
        return value != null && isWithin(value) && beats(value, measures.get(baselineMeasure()));
    }

    /** Whether a value is within the bounds. */
    boolean isWithin(double value) {
        return !Double.isNaN(value)
                && atLeast.filter(bound -> value < bound).isEmpty()
                && atMost.filter(bound -> value > bound).isEmpty();
    }

    private boolean beats(double value, @Nullable Double measured) {
        return measured == null || (atLeast.isEmpty() || value > measured) && (atMost.isEmpty() || value < measured);
    }

    /** What is expected, for people: {@code >= 0.97, the trivial way: 0.1}. */
    public String shown(Map<String, Double> measures) {
        StringBuilder text = new StringBuilder();
        atLeast.ifPresent(bound -> text.append(">= ").append(figure(bound)));
        atMost.ifPresent(bound ->
                text.append(text.isEmpty() ? "" : " and ").append("<= ").append(figure(bound)));
        Double measured = measures.get(baselineMeasure());
        Optional<Double> trivial = measured == null ? baseline : Optional.of(measured);
        trivial.ifPresent(value -> text.append("; the trivial way: ").append(figure(value)));
        return text.toString();
    }

    static String figure(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e6
                ? String.format(Locale.ROOT, "%.1f", value)
                : String.format(Locale.ROOT, "%.4g", value);
    }
}
