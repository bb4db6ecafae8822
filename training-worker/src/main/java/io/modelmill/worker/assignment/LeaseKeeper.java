package io.modelmill.worker.assignment;

import io.modelmill.worker.process.ExitCode;
import io.modelmill.worker.process.ProcessExit;
import io.modelmill.worker.process.WorkerLog;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;

/**
 * Renews the lease at a third of its time, again and again until it succeeds; ends the process when the lease does. Two
 * threads, so that a call that hangs cannot keep the second from ending the process.
 */
public final class LeaseKeeper {
    private static final long LONGEST_PAUSE = TimeUnit.MILLISECONDS.toNanos(500);

    private final Lease lease;
    private final Function<Duration, LeaseGrant> renewal;
    private final ProcessExit exit;

    /** @param renewal asks for more time and must answer or throw within the given time */
    LeaseKeeper(Lease lease, Function<Duration, LeaseGrant> renewal, ProcessExit exit) {
        this.lease = lease;
        this.renewal = renewal;
        this.exit = exit;
    }

    /** Starts both threads; they last as long as the process. */
    public void start() {
        Thread.ofPlatform().daemon().name("lease-watchdog").start(this::watch);
        Thread.ofPlatform().daemon().name("lease-renewal").start(this::renewForever);
    }

    private void watch() {
        while (true) {
            long remaining = lease.remaining();
            if (remaining <= 0) {
                exit.now(ExitCode.LEASE_EXPIRED, "the lease ended before it could be renewed");
                return;
            }
            LockSupport.parkNanos(remaining);
        }
    }

    private void renewForever() {
        while (lease.remaining() > 0) {
            long wait = lease.untilRenewal();
            if (wait > 0) {
                LockSupport.parkNanos(wait);
            } else {
                renew();
            }
        }
    }

    private void renew() {
        long remaining = lease.remaining();
        try {
            lease.extend(renewal.apply(Duration.ofNanos(Math.max(1, Math.min(remaining, lease.length() / 3)))));
        } catch (RuntimeException e) {
            WorkerLog.write("cannot renew the lease, %d ms left: %s", remaining / 1_000_000, e.getMessage());
            LockSupport.parkNanos(Math.min(LONGEST_PAUSE, lease.length() / 20));
        }
    }
}
