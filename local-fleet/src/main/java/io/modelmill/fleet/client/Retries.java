package io.modelmill.fleet.client;

import io.github.resilience4j.core.IntervalFunction;
import io.github.resilience4j.retry.Retry;
import io.github.resilience4j.retry.RetryConfig;
import io.grpc.Status;
import io.grpc.StatusException;
import java.time.Duration;
import java.util.Set;

/** How often something is tried that breaks off: some times in a row, with waits that double. For one thread. */
final class Retries {
    /** With the usual first wait, these are 20 to 60 s without progress: a service may restart meanwhile. */
    private static final int MOST = 11;

    private static final Duration LONGEST_WAIT = Duration.ofSeconds(10);
    /** Who failed together must not come back together. */
    private static final double CHANCE = 0.5;

    private final Retry retry;
    private Retry.Context<Object> row;

    /** @param passing codes after which another try may succeed; RESOURCE_EXHAUSTED only if it tells when */
    Retries(Duration firstWait, Set<Status.Code> passing) {
        Set<Status.Code> codes = Set.copyOf(passing);
        this.retry = Retry.of(
                "call",
                RetryConfig.custom()
                        .maxAttempts(MOST)
                        .intervalFunction(
                                IntervalFunction.ofExponentialRandomBackoff(firstWait, 2, CHANCE, LONGEST_WAIT))
                        .retryOnException(failure -> failure instanceof StatusException status
                                && codes.contains(status.getStatus().getCode())
                                && !BackPressure.isQuota(status))
                        .build());
        this.row = retry.context();
    }

    /** Something got done: what failed before counts no more. */
    void progress() {
        row = retry.context();
    }

    /** Waits before the next try; throws the failure if it was the last, or this thread is interrupted. */
    void pause(StatusException failure) throws StatusException {
        try {
            row.onError(failure);
        } catch (StatusException last) {
            throw last;
        } catch (Exception e) {
            throw new IllegalStateException("a retry throws what it was told", e);
        }
    }
}
