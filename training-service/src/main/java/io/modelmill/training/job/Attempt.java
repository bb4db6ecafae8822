package io.modelmill.training.job;

import io.modelmill.training.resource.Resources;
import java.time.Instant;
import java.util.Optional;

/**
 * One try of a worker to do a job.
 *
 * @param number rises by one with each attempt of the job; its fencing token
 * @param runner who started it
 * @param outcome how it ended; empty while it is open
 * @param process the worker's process on the runner's machine
 * @param resources what the worker may use, as its class said when the attempt began
 * @param yieldRequested whether it was asked to give its place to another job
 */
public record Attempt(
        JobName job,
        long jobKey,
        int number,
        String runner,
        Instant leaseExpireTime,
        Optional<Outcome> outcome,
        Optional<Instant> endTime,
        Optional<WorkerProcess> process,
        Resources resources,
        boolean yieldRequested) {
    /** How an attempt ended. */
    public enum Outcome {
        /** Its worker reported a model. */
        TRAINED,
        /** Its worker reported a failure. */
        FAILED,
        /** Its worker stopped because it was asked to. */
        CANCELLED,
        /** It gave its place to another job. */
        YIELDED,
        /** Its worker died, fell silent, or was stopped from outside. */
        LOST
    }

    /**
     * A process.
     *
     * @param startTime tells it from another that gets the same number later
     */
    public record WorkerProcess(long pid, Instant startTime) {}
}
