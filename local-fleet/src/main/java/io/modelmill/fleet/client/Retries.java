package io.modelmill.fleet.client;

import io.grpc.Status;
import io.grpc.StatusException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/** How often something is tried that breaks off: some times in a row, with waits that double. For one thread. */
final class Retries {
    /** With the usual first wait, these are 25 to 50 s without progress: a service may restart meanwhile. */
    private static final int MOST = 11;

    private static final Duration LONGEST_WAIT = Duration.ofSeconds(10);

    private final Duration firstWait;
    private final Set<Status.Code> passing;
    private int failures;

    /** @param passing codes after which another try may succeed */
    Retries(Duration firstWait, Set<Status.Code> passing) {
        this.firstWait = firstWait;
        this.passing = Set.copyOf(passing);
    }

    /** Something got done: what failed before counts no more. */
    void progress() {
        failures = 0;
    }

    /** Waits before the next try, for a time of which up to a half is chance; throws the failure if it was the last. */
    void pause(StatusException failure) throws StatusException, InterruptedException {
        failures++;
        if (failures >= MOST || !passing.contains(failure.getStatus().getCode())) {
            throw failure;
        }
        long longest = Math.min(firstWait.toMillis() << (failures - 1), LONGEST_WAIT.toMillis());
        TimeUnit.MILLISECONDS.sleep(longest - ThreadLocalRandom.current().nextLong(longest / 2 + 1));
    }
}
