package io.modelmill.benchmarks.figure;

import org.jspecify.annotations.Nullable;

/**
 * One measured figure.
 *
 * @param name what was measured, such as {@code calls_per_second.gateway.callers_1.rows_32}
 * @param unit such as {@code ms} or {@code 1/s}; {@code ratio} for a quotient of two figures of one run
 * @param goal what it should be, such as {@code >= 0.5}; null where none is set
 * @param holds whether it is; null without a goal
 */
public record Figure(
        String name,
        double value,
        String unit,
        @Nullable String goal,
        @Nullable Boolean holds) {
    /** A figure that is only told. */
    public static Figure of(String name, double value, String unit) {
        return new Figure(name, value, unit, null, null);
    }

    /** A figure that is held against a goal. */
    public static Figure of(String name, double value, String unit, Goal goal) {
        return new Figure(name, value, unit, goal.toString(), goal.holds(value));
    }
}
