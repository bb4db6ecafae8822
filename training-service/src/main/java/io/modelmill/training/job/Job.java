package io.modelmill.training.job;

import io.modelmill.training.spec.TrainingSpec;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * A job as its row says.
 *
 * @param key rises with each submission
 * @param attempt number of the last attempt, its fencing token; 0 before the first
 * @param failures attempts that the platform failed
 * @param lastSequence of its events
 * @param traceparent of the submission
 * @param startTime when its first attempt began to train
 * @param deadline when it is timed out, known once the first attempt has started
 * @param dueTime when its state has to be looked at again
 * @param progress of the current attempt
 * @param trained what the worker reported, from FINALIZING on
 */
public record Job(
        long key,
        JobName name,
        TrainingSpec spec,
        JobState state,
        String reason,
        int attempt,
        int failures,
        long lastSequence,
        Optional<String> traceparent,
        Instant createTime,
        Optional<Instant> startTime,
        Optional<Instant> endTime,
        Optional<Instant> deadline,
        Optional<Instant> dueTime,
        Optional<EpochProgress> progress,
        Map<String, Double> metrics,
        Optional<TrainedModel> trained,
        Optional<String> modelVersion) {
    public Job {
        metrics = Map.copyOf(metrics);
    }
}
