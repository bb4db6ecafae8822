package io.modelmill.fleet.process;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * How long to wait before a dead server is started again: twice as long after each death, and no more after too many in a
 * row. A server that lived long enough begins a new row. Not for use by several threads.
 */
public final class RestartPolicy {
    /** Deaths in a row after which the server is given up. */
    public static final int MOST_DEATHS = 6;

    private static final Duration FIRST = Duration.ofMillis(500);
    private static final Duration LONG_LIFE = Duration.ofMinutes(1);

    private int deaths;

    /** Takes note of a death; answers how long to wait, or nothing if the server is given up. */
    public Optional<Duration> died(Instant started, Instant ended) {
        deaths = Duration.between(started, ended).compareTo(LONG_LIFE) >= 0 ? 1 : deaths + 1;
        return deaths >= MOST_DEATHS ? Optional.empty() : Optional.of(FIRST.multipliedBy(1L << (deaths - 1)));
    }
}
