package io.modelmill.training.job;

import io.modelmill.training.resource.ResourceClass;
import io.modelmill.trainingspec.job.Estimate;
import io.modelmill.trainingspec.job.TrainingSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * A job as its row says.
 *
 * @param key rises with each submission
 * @param attempt number of the last attempt, its fencing token; 0 before the first
 * @param failures attempts that the platform failed
 * @param preemptions how often it gave its place to another job
 * @param lastSequence of its events
 * @param traceparent of the submission
 * @param startTime when its first attempt began to train
 * @param deadline when it is timed out, known once its first worker has begun
 * @param timeLeft of its longest time while it waits after it gave its place
 * @param dueTime when its state has to be looked at again
 * @param progress of the current attempt
 * @param trained what the worker reported, from FINALIZING on
 * @param estimate what it was reckoned to need, if that could be told
 * @param checkpoint the last one, of whatever attempt or of the job that this one resumes
 * @param resourceClass what its next worker may use
 * @param scheduling how it takes its turn
 * @param classBefore in which its memory did not suffice
 * @param queueDeadline when it is timed out unless its first attempt has started
 * @param dependencies how many jobs have to succeed before it
 */
public record Job(
        long key,
        JobName name,
        TrainingSpec spec,
        JobState state,
        String reason,
        int attempt,
        int failures,
        int preemptions,
        long lastSequence,
        Optional<String> traceparent,
        Instant createTime,
        Optional<Instant> startTime,
        Optional<Instant> endTime,
        Optional<Instant> deadline,
        Optional<Duration> timeLeft,
        Optional<Instant> dueTime,
        Optional<JobProgress> progress,
        Map<String, Double> metrics,
        Optional<TrainedModel> trained,
        Optional<String> modelVersion,
        Optional<Estimate> estimate,
        Optional<JobCheckpoint> checkpoint,
        ResourceClass resourceClass,
        Scheduling scheduling,
        Optional<String> classBefore,
        Optional<Instant> queueDeadline,
        int dependencies) {
    public Job {
        metrics = Map.copyOf(metrics);
    }
}
