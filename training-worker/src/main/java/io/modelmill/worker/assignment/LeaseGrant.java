package io.modelmill.worker.assignment;

import java.time.Instant;

/**
 * A hold on the job as training-service granted it.
 *
 * @param expireTime the hold ends here unless it is renewed
 * @param accessToken to call both services with from now on; empty keeps the one before
 * @param cancelRequested the owner wants the job to end
 * @param yieldRequested another job gets the place
 */
record LeaseGrant(Instant expireTime, String accessToken, boolean cancelRequested, boolean yieldRequested) {
    /** Without the token. */
    @Override
    public String toString() {
        return "LeaseGrant[expireTime=%s, cancelRequested=%s, yieldRequested=%s]"
                .formatted(expireTime, cancelRequested, yieldRequested);
    }
}
