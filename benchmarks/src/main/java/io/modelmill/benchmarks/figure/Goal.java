package io.modelmill.benchmarks.figure;

import java.util.Locale;

/**
 * What a figure should be.
 *
 * @param most true if the bound is the largest good value, false if it is the smallest
 */
public record Goal(boolean most, double bound) {
    /** Good up to the bound. */
    public static Goal atMost(double bound) {
        return new Goal(true, bound);
    }

    /** Good from the bound on. */
    public static Goal atLeast(double bound) {
        return new Goal(false, bound);
    }

    /** Whether a value is good; what is not a number never is. */
    public boolean holds(double value) {
        return most ? value <= bound : value >= bound;
    }

    /** Such as {@code <= 100}. */
    @Override
    public String toString() {
        String number =
                bound == Math.rint(bound) ? Long.toString(Math.round(bound)) : String.format(Locale.ROOT, "%s", bound);
        return (most ? "<= " : ">= ") + number;
    }
}
