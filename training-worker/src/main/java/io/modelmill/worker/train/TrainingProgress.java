package io.modelmill.worker.train;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How far training is.
 *
 * @param epoch epochs done
 * @param epochs to do
 * @param step steps done since the start of training
 * @param steps to do in all
 * @param remaining how long the rest will take at the speed so far
 * @param metrics measures; those of an epoch were taken on the training rows while it ran, and after it on the validation rows
 */
public record TrainingProgress(
        int epoch, int epochs, long step, long steps, Duration remaining, Map<String, Double> metrics) {
    public TrainingProgress {
        metrics = new LinkedHashMap<>(metrics);
    }
}
