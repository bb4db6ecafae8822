package io.modelmill.trainingspec.sweep;

import java.util.Comparator;

/** Which values of a measure are better. What is not a number is worse than any. */
public enum Objective {
    /** Such as of an accuracy. */
    MAXIMIZE,
    /** Such as of a loss. */
    MINIMIZE;

    /** Whether one value is better than another. */
    public boolean prefers(double one, double other) {
        if (Double.isNaN(one) || Double.isNaN(other)) {
            return !Double.isNaN(one) && Double.isNaN(other);
        }
        return this == MAXIMIZE ? one > other : one < other;
    }

    /** Better values first. */
    public Comparator<Double> bestFirst() {
        return (one, other) -> prefers(one, other) ? -1 : prefers(other, one) ? 1 : 0;
    }
}
