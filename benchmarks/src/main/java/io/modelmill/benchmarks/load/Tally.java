package io.modelmill.benchmarks.load;

import io.grpc.Status;
import java.util.EnumMap;
import java.util.Map;
import org.HdrHistogram.Histogram;

/** Counts how calls end. */
final class Tally {
    /** 0.1 % of the value: far below what a machine repeats. */
    private static final int DIGITS = 3;

    private final Histogram answered = new Histogram(DIGITS);
    private final Histogram admitted = new Histogram(DIGITS);
    private final Map<Status.Code, Long> failures = new EnumMap<>(Status.Code.class);
    private long dropped;

    Tally() {
        answered.setAutoResize(true);
        admitted.setAutoResize(true);
    }

    synchronized void ended(Status.Code code, long nanos) {
        long time = Math.max(0, nanos);
        if (code == Status.Code.OK) {
            answered.recordValue(time);
        } else {
            failures.merge(code, 1L, Long::sum);
        }
        if (code != Status.Code.RESOURCE_EXHAUSTED) {
            admitted.recordValue(time);
        }
    }

    synchronized void dropped() {
        dropped++;
    }

    /** What was counted; what ends later is not in it. */
    synchronized LoadResult result(double seconds) {
        return new LoadResult(answered.copy(), admitted.copy(), failures, dropped, seconds);
    }
}
