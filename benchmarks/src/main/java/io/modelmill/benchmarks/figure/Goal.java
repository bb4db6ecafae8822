package io.modelmill.benchmarks.figure;

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

    /** Reads what {@link #toString} writes. */
    static Goal parse(String text) {
        return new Goal(
                text.startsWith("<="), Double.parseDouble(text.substring(2).strip()));
    }

    /** Such as {@code <= 100}. */
    @Override
    public String toString() {
        String number = bound == Math.rint(bound) ? Long.toString(Math.round(bound)) : Double.toString(bound);
        return (most ? "<= " : ">= ") + number;
    }
}
