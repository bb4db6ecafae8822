package io.modelmill.benchmarks.inference;

import java.time.Duration;

/**
 * How long and how often is measured.
 *
 * @param warmUp before each measurement, on servers that are warm already
 * @param measured of one measurement
 * @param rounds how often what is compared takes turns; a figure is the median of its rounds
 * @param swaps hot swaps
 * @param slices of load at most, before a server counts as compiled
 */
record Pace(Duration warmUp, Duration measured, int rounds, int swaps, int slices) {
    private static final Duration SLICE = Duration.ofSeconds(2);

    /** Time of load after which a server counts as compiled. */
    Duration compiling() {
        return SLICE.multipliedBy(slices);
    }

    /** Load for the compilers before a measurement of microseconds. */
    Compilation compilation(int callers) {
        return new Compilation(callers, SLICE, slices);
    }
}
