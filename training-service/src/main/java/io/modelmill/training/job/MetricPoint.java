package io.modelmill.training.job;

import java.time.Instant;
import java.util.Map;

/**
 * What was measured after a step of training.
 *
 * @param step steps done since the start of training, at least 1
 * @param epoch epochs done
 * @param attempt that did the step, the last one if several did
 * @param time when it was told
 */
public record MetricPoint(long step, int epoch, int attempt, Instant time, Map<String, Double> metrics) {
    public MetricPoint {
        metrics = Map.copyOf(metrics);
    }
}
