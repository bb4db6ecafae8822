package io.modelmill.worker.input;

import java.util.Arrays;

/** Count, mean, deviation and range of groups of numbers that are seen once; NaN is left out. */
public final class Statistics {
    private final long[] counts;
    private final double[] means;
    private final double[] squares;
    private final double[] least;
    private final double[] most;

    public Statistics(int groups) {
        counts = new long[groups];
        means = new double[groups];
        squares = new double[groups];
        least = new double[groups];
        most = new double[groups];
        Arrays.fill(least, Double.POSITIVE_INFINITY);
        Arrays.fill(most, Double.NEGATIVE_INFINITY);
    }

    /** Takes a row of one number for each group. */
    public void add(float[] row) {
        for (int group = 0; group < row.length; group++) {
            add(group, row[group], 1);
        }
    }

    /** Takes a number so many times. Welford's way: sums of squares of large numbers would cancel each other out. */
    public void add(int group, double value, long times) {
        if (Double.isNaN(value) || times == 0) {
            return;
        }
        long count = counts[group] + times;
        double distance = value - means[group];
        double share = (double) times / count;
        means[group] += distance * share;
        squares[group] += distance * distance * (count - times) * share;
        counts[group] = count;
        least[group] = Math.min(least[group], value);
        most[group] = Math.max(most[group], value);
    }

    /** Takes consecutive numbers of one group. */
    public void add(int group, float[] values, int from, int to) {
        for (int i = from; i < to; i++) {
            add(group, values[i], 1);
        }
    }

    public int groups() {
        return counts.length;
    }

    /** Numbers that were seen. */
    public long count(int group) {
        return counts[group];
    }

    /** Their mean; 0 of none. */
    public double mean(int group) {
        return means[group];
    }

    /** Their standard deviation; 0 of none. */
    public double deviation(int group) {
        return counts[group] == 0 ? 0 : Math.sqrt(squares[group] / counts[group]);
    }

    /** The smallest; infinite of none. */
    public double least(int group) {
        return least[group];
    }

    /** The largest; negatively infinite of none. */
    public double most(int group) {
        return most[group];
    }
}
