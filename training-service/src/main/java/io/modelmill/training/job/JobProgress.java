package io.modelmill.training.job;

import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How far an attempt is.
 *
 * @param epoch epochs done
 * @param epochs epochs to do
 * @param step steps done since the start of training
 * @param steps steps to do in all; 0 if that is not known
 * @param remaining how long the rest will take, if the worker tells
 */
public record JobProgress(
        int epoch,
        int epochs,
        long step,
        long steps,
        @Nullable Duration remaining,
        Map<String, Double> metrics) {
    public JobProgress {
        metrics = Map.copyOf(metrics);
    }

    /** Whether it is farther than another. */
    public boolean isBeyond(JobProgress other) {
        return epoch > other.epoch || epoch == other.epoch && step > other.step;
    }
}
