package io.modelmill.training.job;

import io.modelmill.training.job.Happening.AttemptStarted;
import java.util.Optional;

/** What follows from what happens to a job. */
final class LifeCycle {
    private LifeCycle() {}

    /**
     * The state that the job goes to, or empty if what happened means nothing in its state: it came too late.
     *
     * @param retryLeft whether another attempt may follow one that the platform failed
     */
    static Optional<JobState> next(JobState from, Happening happening, boolean retryLeft) {
        return switch (happening) {
            case Happening.Admitted() -> when(from == JobState.QUEUED, JobState.ADMITTED);
            case AttemptStarted(String runner) -> when(from == JobState.ADMITTED, JobState.STARTING);
            case Happening.AssignmentTaken() -> when(from == JobState.STARTING, JobState.RUNNING);
            case Happening.ModelTrained(TrainedModel model) ->
                from == JobState.CANCELLING
                        ? Optional.of(JobState.CANCELLED)
                        : when(from == JobState.RUNNING, JobState.FINALIZING);
            case Happening.JobFault(String reason) -> attemptOver(from, JobState.FAILED);
            case Happening.PlatformFault fault -> attemptOver(from, retryLeft ? JobState.RETRY_WAIT : JobState.FAILED);
            case Happening.Interrupted(String reason) -> attemptOver(from, JobState.RETRY_WAIT);
            case Happening.WorkerStopped() -> when(from == JobState.CANCELLING, JobState.CANCELLED);
            case Happening.CancelGraceEnded() -> when(from == JobState.CANCELLING, JobState.CANCELLED);
            case Happening.CancelAsked() -> cancel(from);
            case Happening.DeadlinePassed(String reason) ->
                when(
                        from == JobState.QUEUED
                                || from == JobState.RETRY_WAIT
                                || from == JobState.STARTING
                                || from == JobState.RUNNING,
                        JobState.TIMED_OUT);
            case Happening.RetryDue() -> when(from == JobState.RETRY_WAIT, JobState.QUEUED);
            case Happening.VersionReady ready -> when(from == JobState.FINALIZING, JobState.SUCCEEDED);
            case Happening.VersionRejected rejected -> when(from == JobState.FINALIZING, JobState.FAILED);
            case Happening.VersionRefused(String reason) -> when(from == JobState.FINALIZING, JobState.FAILED);
        };
    }

    /** A cancel that was accepted wins over whatever its attempt still says. */
    private static Optional<JobState> attemptOver(JobState from, JobState otherwise) {
        return from == JobState.CANCELLING
                ? Optional.of(JobState.CANCELLED)
                : when(from == JobState.STARTING || from == JobState.RUNNING, otherwise);
    }

    private static Optional<JobState> cancel(JobState from) {
        return switch (from) {
            case QUEUED, RETRY_WAIT -> Optional.of(JobState.CANCELLED);
            case STARTING, RUNNING -> Optional.of(JobState.CANCELLING);
            case ADMITTED, FINALIZING, SUCCEEDED, FAILED, CANCELLED, TIMED_OUT, CANCELLING -> Optional.empty();
        };
    }

    private static Optional<JobState> when(boolean condition, JobState to) {
        return condition ? Optional.of(to) : Optional.empty();
    }
}
