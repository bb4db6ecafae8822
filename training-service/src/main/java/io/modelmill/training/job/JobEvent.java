package io.modelmill.training.job;

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
     */
    record Transition(
            long sequence,
            Instant time,
            int attempt,
            Optional<JobState> from,
            JobState to,
            String reason,
            Optional<String> modelVersion,
            Map<String, Double> metrics)
            implements JobEvent {
        public Transition {
            metrics = Map.copyOf(metrics);
        }
    }

    /** An epoch was finished. */
    record EpochDone(long sequence, Instant time, int attempt, EpochProgress progress) implements JobEvent {}
}
