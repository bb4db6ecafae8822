package io.modelmill.training.sweep;

import io.modelmill.training.job.JobState;
import io.modelmill.trainingspec.sweep.Curve;
import java.util.Optional;

/**
 * A trial that has begun.
 *
 * @param number from 1
 * @param job empty if none could be made
 * @param refusal why none could be made
 * @param stopReason why the sweep stopped it early
 * @param curve of the sweep's measure
 */
record Trial(int number, Optional<TrialJob> job, Optional<String> refusal, Optional<String> stopReason, Curve curve) {
    /** Whether nothing follows. */
    boolean isOver() {
        return job.map(made -> made.state().isTerminal()).orElse(true);
    }

    /** Whether it trained to its end and made a version. */
    boolean succeeded() {
        return job.filter(made -> made.state() == JobState.SUCCEEDED).isPresent();
    }

    /** What the sweep needs to know of the job. */
    record TrialJob(JobState state, String reason, Optional<String> modelVersion) {}
}
