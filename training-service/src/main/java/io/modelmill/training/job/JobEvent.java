package io.modelmill.training.job;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/** One thing that happened to a job. */
public sealed interface JobEvent {
    /** Rises by one with each event of the job, from 1. */
    long sequence();

    /** When it happened. */
    Instant time();

    /** Number of the attempt, 0 before the first. */
    int attempt();

    /**
     * A change of state.
     *
     * @param from empty for the submission
     * @param attemptTrainingTime how long the attempt trained, in whole milliseconds; empty unless this ends one
     */
    record Transition(
            long sequence,
            Instant time,
            int attempt,
            Optional<JobState> from,
            JobState to,
            String reason,
            Optional<String> modelVersion,
            Map<String, Double> metrics,
            Optional<Duration> attemptTrainingTime)
            implements JobEvent {
        public Transition {
            metrics = Map.copyOf(metrics);
        }
    }

    /** An attempt got on: an epoch was finished, or a while of one has passed. */
    record Progressed(long sequence, Instant time, int attempt, JobProgress progress) implements JobEvent {}
}
