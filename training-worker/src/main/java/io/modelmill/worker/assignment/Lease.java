package io.modelmill.worker.assignment;

import java.time.Duration;
import java.time.Instant;

/**
 * The worker's hold on its job. The service's clock says when it ends; from the moment of a grant on only this
 * machine's monotonic clock counts, so that a clock that is set does not stretch it.
 */
public final class Lease {
    private volatile long grantedAt;
    private volatile long length;
    private volatile boolean cancelRequested;
    private volatile boolean yieldRequested;

    Lease(LeaseGrant grant) {
        extend(grant);
    }

    void extend(LeaseGrant grant) {
        long now = System.nanoTime();
        length = Math.max(0, Duration.between(Instant.now(), grant.expireTime()).toNanos());
        grantedAt = now;
        // Neither is ever taken back.
        cancelRequested |= grant.cancelRequested();
        yieldRequested |= grant.yieldRequested();
    }

    /** Nanoseconds until the hold ends, 0 or less when it has. */
    long remaining() {
        return grantedAt + length - System.nanoTime();
    }

    /** Nanoseconds until it is time to renew: a third of the hold after its grant. */
    long untilRenewal() {
        return grantedAt + length / 3 - System.nanoTime();
    }

    /** Nanoseconds of the whole hold. */
    long length() {
        return length;
    }

    /** Whether the owner wants the job to end. */
    public boolean cancelRequested() {
        return cancelRequested;
    }

    /** Whether another job gets the place. */
    public boolean yieldRequested() {
        return yieldRequested;
    }
}
