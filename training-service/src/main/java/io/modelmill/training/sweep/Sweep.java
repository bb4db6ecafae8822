package io.modelmill.training.sweep;

import java.time.Instant;
import java.util.Optional;

/**
 * A sweep as its row says.
 *
 * @param key rises with each sweep
 * @param bestTrial number of the best, once all have ended
 */
record Sweep(
        long key,
        SweepName name,
        SweepDefinition definition,
        SweepState state,
        String reason,
        Optional<Integer> bestTrial,
        Instant createTime,
        Optional<Instant> endTime) {}
