package io.modelmill.inference.batching;

import io.modelmill.inference.model.InferenceReason;
import io.modelmill.servicekit.error.ServiceException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** What callers hear whose request is not run. */
final class Refusals {
    private static final Duration RETRY_AFTER = Duration.ofMillis(100);

    private Refusals() {}

    /** The answer to one request too many. */
    static ServiceException full() {
        return new ServiceException(
                InferenceReason.QUEUE_FULL,
                "too many predictions wait on this replica",
                List.of(),
                Optional.of(RETRY_AFTER));
    }

    /**
     * The answer to a request that would wait longer than its caller does.
     *
     * @param expected time until its answer in nanoseconds
     * @param left time until its deadline in nanoseconds
     */
    static ServiceException late(double expected, long left) {
        return new ServiceException(
                InferenceReason.DEADLINE_UNREACHABLE,
                "the answer is expected in " + millis(expected) + " ms (expected: at most the " + millis(left)
                        + " ms that the deadline leaves)",
                List.of(),
                Optional.of(Duration.ofNanos(Math.max(Duration.ofMillis(1).toNanos(), (long) expected - left))));
    }

    private static long millis(double nanos) {
        return Math.round(nanos / Duration.ofMillis(1).toNanos());
    }

    static ServiceException expired() {
        return new ServiceException(InferenceReason.DEADLINE_PASSED, "the deadline passed before the answer");
    }

    static ServiceException cancelled() {
        return new ServiceException(InferenceReason.CALLER_GONE, "the caller has gone");
    }

    static ServiceException goingAway() {
        return new ServiceException(
                InferenceReason.REPLICA_NOT_READY,
                "this replica is shutting down",
                List.of(),
                Optional.of(Duration.ofSeconds(1)));
    }
}
