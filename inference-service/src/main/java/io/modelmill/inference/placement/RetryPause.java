package io.modelmill.inference.placement;

import java.time.Duration;

/**
 * How long to wait before something is tried again.
 *
 * @param first after the first failure; it doubles with each further one
 * @param longest however many there were
 */
record RetryPause(Duration first, Duration longest) {
    private static final int MOST_DOUBLINGS = 20;

    /** @param failures in a row, from 1 */
    Duration after(int failures) {
        Duration pause = first.multipliedBy(1L << Math.min(failures - 1, MOST_DOUBLINGS));
        return pause.compareTo(longest) < 0 ? pause : longest;
    }
}
