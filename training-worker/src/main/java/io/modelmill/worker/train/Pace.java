package io.modelmill.worker.train;

import java.time.Duration;

/** How fast training goes. */
final class Pace {
    private static final long REPORT = 1_000_000_000L;

    private final long steps;
    private long began = System.nanoTime();
    private long firstStep;
    private long reported = began;
    private long epochBegan = began;
    private long rows;

    /** @param steps of the whole training */
    Pace(long steps) {
        this.steps = steps;
    }

    /** Begins to count at a step that is not the first. */
    void begin(long step) {
        firstStep = step;
        began = System.nanoTime();
        reported = began;
    }

    void epochBegins() {
        epochBegan = System.nanoTime();
        // The end of an epoch was just told.
        reported = epochBegan;
        rows = 0;
    }

    /** Counts a step's rows and answers whether it is time to tell. */
    boolean stepDone(int size) {
        rows += size;
        long now = System.nanoTime();
        boolean due = now - reported >= REPORT;
        reported = due ? now : reported;
        return due;
    }

    /** Of the epoch, as far as this attempt trained it; finite. */
    double rowsPerSecond() {
        return rows * 1e9 / Math.max(1, System.nanoTime() - epochBegan);
    }

    long steps() {
        return steps;
    }

    /** What the rest will take at the speed so far, validation between epochs with it. */
    Duration remaining(long step) {
        long done = Math.max(1, step - firstStep);
        double each = (double) (System.nanoTime() - began) / done;
        return Duration.ofNanos((long) (each * (steps - step)));
    }

    Duration elapsed() {
        return Duration.ofNanos(System.nanoTime() - began);
    }
}
