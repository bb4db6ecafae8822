package io.modelmill.benchmarks.load;

import io.grpc.Status;
import java.util.Map;
import java.util.stream.Collectors;
import org.HdrHistogram.Histogram;

/**
 * What came of a load.
 *
 * @param answered nanoseconds of the calls that were answered well
 * @param admitted nanoseconds of all calls that were not refused at once: those answered well and those that ended in
 *     another way than RESOURCE_EXHAUSTED
 * @param failures calls by how they ended, when not well
 * @param dropped calls that were due but not made, for too many were outstanding
 * @param seconds measured
 */
public record LoadResult(
        Histogram answered, Histogram admitted, Map<Status.Code, Long> failures, long dropped, double seconds) {
    public LoadResult {
        failures = Map.copyOf(failures);
    }

    /** Calls answered well, a second. */
    public double perSecond() {
        return answered.getTotalCount() / seconds;
    }

    /** Nanoseconds that a share of the calls answered well took at most; no number if there was none. */
    public double nanos(double percentile) {
        return nanos(answered, percentile);
    }

    /** The same of all admitted calls. */
    public double admittedNanos(double percentile) {
        return nanos(admitted, percentile);
    }

    /** Calls that were not answered well, dropped ones included. */
    public long failed() {
        return failures.values().stream().mapToLong(Long::longValue).sum() + dropped;
    }

    /** For people: what failed, and how often. */
    public String describeFailures() {
        String text = failures.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(failure -> failure.getKey() + " " + failure.getValue())
                .collect(Collectors.joining(", "));
        return dropped == 0 ? text : text + (text.isEmpty() ? "" : ", ") + "not sent " + dropped;
    }

    private static double nanos(Histogram histogram, double percentile) {
        return histogram.getTotalCount() == 0 ? Double.NaN : histogram.getValueAtPercentile(percentile);
    }
}
