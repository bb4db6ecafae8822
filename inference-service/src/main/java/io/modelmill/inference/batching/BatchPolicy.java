package io.modelmill.inference.batching;

import io.modelmill.inference.model.ServingSpec;
import java.util.Map;
import java.util.Optional;

/**
 * How a version is batched.
 *
 * @param runNanos time of a run by its rows in nanoseconds, as far as it was measured
 * @param padding how rows of different length share a batch; empty: they never do
 */
public record BatchPolicy(BatchLimits limits, Map<Integer, Long> runNanos, Optional<ServingSpec.Padding> padding) {
    /** Each request runs alone. */
    public static final BatchPolicy UNBATCHED = new BatchPolicy(BatchLimits.UNBATCHED, Map.of());

    /** Without padding. */
    public BatchPolicy(BatchLimits limits, Map<Integer, Long> runNanos) {
        this(limits, runNanos, Optional.empty());
    }

    public BatchPolicy {
        runNanos = Map.copyOf(runNanos);
    }
}
