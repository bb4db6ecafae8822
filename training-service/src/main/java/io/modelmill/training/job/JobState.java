package io.modelmill.training.job;

/** Where a job is in its life. The names are also those in the database and of the API's enum. */
public enum JobState {
    /** Waits for its turn. */
    QUEUED,
    /** Its turn has come. */
    ADMITTED,
    /** A worker is being started. */
    STARTING,
    /** A worker trains. */
    RUNNING,
    /** The version is being created and validated. */
    FINALIZING,
    /** A version was made. */
    SUCCEEDED,
    /** It cannot succeed. */
    FAILED,
    /** Stopped by its owner. */
    CANCELLED,
    /** Ran too long. */
    TIMED_OUT,
    /** The worker is being stopped for a cancel. */
    CANCELLING,
    /** Gave its place to another job. */
    PREEMPTED,
    /** Waits before another attempt. */
    RETRY_WAIT;

    /** Whether nothing follows. */
    public boolean isTerminal() {
        return switch (this) {
            case SUCCEEDED, FAILED, CANCELLED, TIMED_OUT -> true;
            case QUEUED, ADMITTED, STARTING, RUNNING, FINALIZING, CANCELLING, PREEMPTED, RETRY_WAIT -> false;
        };
    }

    /** Whether a job in this state has an attempt that is not over. */
    public boolean hasOpenAttempt() {
        return this == STARTING || this == RUNNING || this == CANCELLING;
    }
}
