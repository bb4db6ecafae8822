package io.modelmill.inference.batching;

import java.util.List;

/**
 * Bounds of a model's batches.
 *
 * @param maxRows most rows of one run; 1 for a model that is not batched
 * @param delayNanos how long a request may wait for others while a run could begin
 * @param preferredRows at which a batch begins without waiting further, ascending
 */
public record BatchLimits(int maxRows, long delayNanos, List<Integer> preferredRows) {
    /** Each request runs alone. */
    public static final BatchLimits UNBATCHED = new BatchLimits(1, 0, List.of());

    public BatchLimits {
        preferredRows = List.copyOf(preferredRows);
    }

    /** Batches of what waits anyway. */
    static BatchLimits upTo(int maxRows) {
        return new BatchLimits(maxRows, 0, List.of());
    }

    /** Rows that a batch takes of those that wait: the largest preferred size that they fill, else all that it may. */
    int rowsOf(long waiting) {
        int rows = maxRows;
        for (int preferred : preferredRows) {
            if (preferred <= maxRows && preferred <= waiting) {
                rows = preferred;
            }
        }
        return rows;
    }

    /** Whether so many rows need not wait for more. */
    boolean isFilledBy(long waiting) {
        return waiting >= maxRows || !preferredRows.isEmpty() && waiting >= preferredRows.getFirst();
    }
}
