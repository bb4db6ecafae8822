package io.modelmill.training.job;

import java.util.Map;

/**
 * How far an attempt is.
 *
 * @param epoch epochs done
 * @param epochs epochs to do
 */
public record EpochProgress(int epoch, int epochs, Map<String, Double> metrics) {
    public EpochProgress {
        metrics = Map.copyOf(metrics);
    }
}
