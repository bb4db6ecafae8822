package io.modelmill.training.job;

import io.grpc.Status;
import io.modelmill.servicekit.error.ErrorReason;

/** Why this service refuses a call, beside the reasons that all services have. */
public enum TrainingReason implements ErrorReason {
    /** The worker's attempt is over: another holds the job, its lease has ended, or the job is terminal. */
    STALE_ATTEMPT(Status.Code.ABORTED),
    /** The worker has to take its assignment first. */
    ATTEMPT_NOT_ASSIGNED(Status.Code.FAILED_PRECONDITION),
    /** The job is being finalized or has ended. */
    JOB_NOT_CANCELLABLE(Status.Code.FAILED_PRECONDITION),
    /** The sweep has ended. */
    SWEEP_NOT_CANCELLABLE(Status.Code.FAILED_PRECONDITION);

    private final Status.Code code;

    TrainingReason(Status.Code code) {
        this.code = code;
    }

    @Override
    public Status.Code code() {
        return code;
    }
}
