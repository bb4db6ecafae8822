package io.modelmill.inference.batching;

/**
 * What a row of a model costs, as measured in its runs: a moving mean for each size of run, by powers of two. Guarded by
 * the scheduler's lock.
 */
final class RowCosts {
    private static final int SIZES = 16;
    /** A fifth of the newest: follows a change within some ten runs and forgets a stray one. */
    private static final double WEIGHT = 0.2;

    private final double[] nanosPerRow = new double[SIZES];

    /** A run of so many rows took so long. */
    void measured(int rows, long nanos) {
        int size = size(rows);
        double perRow = (double) nanos / Math.max(1, rows);
        nanosPerRow[size] = nanosPerRow[size] == 0 ? perRow : nanosPerRow[size] * (1 - WEIGHT) + perRow * WEIGHT;
    }

    /** Expected time of a run in nanoseconds; 0 if nothing was measured yet. */
    double run(int rows) {
        return row(rows) * Math.max(1, rows);
    }

    /** Expected time of each row of a run in nanoseconds; 0 if nothing was measured yet. */
    double row(int rows) {
        int size = size(rows);
        for (int near = size; near >= 0; near--) {
            if (nanosPerRow[near] > 0) {
                return nanosPerRow[near];
            }
        }
        for (int near = size + 1; near < SIZES; near++) {
            if (nanosPerRow[near] > 0) {
                return nanosPerRow[near];
            }
        }
        return 0;
    }

    private static int size(int rows) {
        return rows <= 1 ? 0 : Math.min(SIZES - 1, Integer.SIZE - Integer.numberOfLeadingZeros(rows - 1));
    }
}
