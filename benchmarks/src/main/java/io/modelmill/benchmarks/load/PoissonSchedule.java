package io.modelmill.benchmarks.load;

import java.util.SplittableRandom;

/** When independent callers call: times between calls are exponentially distributed. The same seed gives the same times. */
final class PoissonSchedule {
    private static final double NANOSECONDS = 1e9;

    private final SplittableRandom random;
    private final double meanNanos;
    private double next;

    /** @param perSecond mean rate; above 0 */
    PoissonSchedule(double perSecond, long seed) {
        if (!(perSecond > 0) || Double.isInfinite(perSecond)) {
            throw new IllegalArgumentException("calls per second: " + perSecond + " (expected: above 0)");
        }
        this.meanNanos = NANOSECONDS / perSecond;
        this.random = new SplittableRandom(seed);
    }

    /** Nanoseconds from the beginning to the next call; never less than those before. */
    long next() {
        next += random.nextExponential() * meanNanos;
        return (long) next;
    }
}
