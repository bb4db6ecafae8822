package io.modelmill.inference.batching;

import java.util.Map;

/**
 * How a version is batched.
 *
 * @param runNanos time of a run by its rows in nanoseconds, as far as it was measured
 */
public record BatchPolicy(BatchLimits limits, Map<Integer, Long> runNanos) {
    /** Each request runs alone. */
    public static final BatchPolicy UNBATCHED = new BatchPolicy(BatchLimits.UNBATCHED, Map.of());

    public BatchPolicy {
        runNanos = Map.copyOf(runNanos);
    }
}
