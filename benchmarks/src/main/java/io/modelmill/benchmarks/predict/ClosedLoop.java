package io.modelmill.benchmarks.predict;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Callers that each make the next call when the last was answered.
 *
 * @param callers how many at a time
 * @param warmUp time that is not measured, for the compilers of both sides
 * @param measured time that is
 */
public record ClosedLoop(int callers, Duration warmUp, Duration measured) {
    /**
     * What came out.
     *
     * @param median of the calls' times
     * @param tail the time that 99 of 100 calls stayed under
     */
    public record Outcome(double callsPerSecond, Duration median, Duration tail) {}

    /**
     * Measures a call.
     *
     * @throws ExecutionException if one failed; nothing is measured then
     */
    public Outcome run(Callable<?> call) throws ExecutionException, InterruptedException {
        Instant begin = Instant.now().plus(warmUp);
        Instant end = begin.plus(measured);
        List<Future<List<Long>>> running = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(callers)) {
            for (int i = 0; i < callers; i++) {
                running.add(threads.submit(() -> repeat(call, begin, end)));
            }
        }
        List<Long> nanoseconds = new ArrayList<>();
        for (Future<List<Long>> each : running) {
            nanoseconds.addAll(each.get());
        }
        if (nanoseconds.isEmpty()) {
            throw new IllegalStateException("no call was answered within " + measured);
        }
        long[] sorted = nanoseconds.stream().mapToLong(Long::longValue).toArray();
        Arrays.sort(sorted);
        return new Outcome(
                sorted.length / (measured.toNanos() / 1e9),
                Duration.ofNanos(sorted[sorted.length / 2]),
                Duration.ofNanos(sorted[(int) (sorted.length * 0.99)]));
    }

    private static List<Long> repeat(Callable<?> call, Instant begin, Instant end) throws Exception {
        List<Long> nanoseconds = new ArrayList<>();
        Instant now = Instant.now();
        while (now.isBefore(end)) {
            long start = System.nanoTime();
            call.call();
            long time = System.nanoTime() - start;
            if (!now.isBefore(begin)) {
                nanoseconds.add(time);
            }
            now = Instant.now();
        }
        return nanoseconds;
    }
}
