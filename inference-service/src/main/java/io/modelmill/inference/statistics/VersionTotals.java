package io.modelmill.inference.statistics;

import java.util.List;

/**
 * Sums over a version's life on this replica. They are read one after the other while requests go on, so that two of them
 * may differ by the requests that ended in between.
 *
 * @param lastInferenceMillis when the last request was answered, in milliseconds since 1970; 0 if none was
 * @param rows of answered requests
 * @param batches that ran
 * @param success answered requests, from their submission to their answer
 * @param failure requests that were not answered
 * @param queue of answered requests
 * @param gather of answered requests, each with the time of its whole batch
 * @param compute of answered requests, each with the time of its whole batch
 * @param scatter of answered requests
 * @param batchSizes by rows, ascending
 */
public record VersionTotals(
        long lastInferenceMillis,
        long rows,
        long batches,
        Sum success,
        Sum failure,
        Sum queue,
        Sum gather,
        Sum compute,
        Sum scatter,
        List<BatchSize> batchSizes) {
    public VersionTotals {
        batchSizes = List.copyOf(batchSizes);
    }

    /** How often, and how long together. */
    public record Sum(long count, long nanos) {}

    /** All batches of as many rows. */
    public record BatchSize(int rows, long batches, long gatherNanos, long computeNanos, long scatterNanos) {}
}
