package io.modelmill.training.job;

import java.time.Instant;

/**
 * The state of training after a step; its bytes are an artifact of the tenant.
 *
 * @param epoch epochs done
 * @param step steps done since the start of training
 * @param attempt that kept it; 0 if the job began with it
 */
public record JobCheckpoint(String sha256, long sizeBytes, int epoch, long step, int attempt, Instant time) {
    /** The same as the start of another job. */
    JobCheckpoint forAnotherJob() {
        return new JobCheckpoint(sha256, sizeBytes, epoch, step, 0, time);
    }
}
