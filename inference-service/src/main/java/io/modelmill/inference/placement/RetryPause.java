package io.modelmill.inference.placement;

import io.github.resilience4j.core.IntervalFunction;
import java.time.Duration;

/**
 * How long to wait before something is tried again.
 *
 * @param first after the first failure; it doubles with each further one
 * @param longest however many there were
 */
record RetryPause(Duration first, Duration longest) {
    RetryPause {
        if (first.toMillis() < 1 || longest.compareTo(first) < 0) {
            throw new IllegalArgumentException(
                    "modelmill.placement.retry-backoff: %s, modelmill.placement.retry-backoff-limit: %s (expected: at least 1 ms, the limit not below the first)"
                            .formatted(first, longest));
        }
    }

    /** @param failures in a row, from 1 */
    Duration after(int failures) {
        return Duration.ofMillis(
                IntervalFunction.ofExponentialBackoff(first, 2, longest).apply(failures));
    }
}
