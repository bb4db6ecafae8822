package io.modelmill.benchmarks.training;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Seconds of the epochs of one round.
 *
 * @param bare of the bare loop
 * @param trainer of the trainer
 */
record Round(List<Double> bare, List<Double> trainer) {
    private static final String BETWEEN = ";";

    /** Reads what {@link #toString} writes. */
    static Round parse(String line) {
        String[] halves = line.split(BETWEEN, -1);
        if (halves.length != 2) {
            throw new IllegalArgumentException("\"" + line + "\" (expected: seconds, " + BETWEEN + " and seconds)");
        }
        return new Round(seconds(halves[0]), seconds(halves[1]));
    }

    private static List<Double> seconds(String half) {
        return Arrays.stream(half.split(" ", -1)).map(Double::valueOf).toList();
    }

    @Override
    public String toString() {
        return text(bare) + BETWEEN + text(trainer);
    }

    private static String text(List<Double> seconds) {
        return seconds.stream().map(String::valueOf).collect(Collectors.joining(" "));
    }
}
