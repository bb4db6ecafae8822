package io.modelmill.benchmarks.rollout;

import io.grpc.StatusException;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/** Calls at a steady rate at each door, bounded in number, which must all be answered. */
final class SteadyLoad implements AutoCloseable {
    /** At a time at one door: a generator that outran the services would measure their queues. */
    private static final int MOST_IN_FLIGHT = 32;

    private static final int MOST_SHOWN = 20;
    private static final Duration STOP = Duration.ofSeconds(30);

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Histogram times = new ConcurrentHistogram(3);
    private final LongAdder failed = new LongAdder();
    private final Queue<String> failures = new ConcurrentLinkedQueue<>();
    private volatile boolean stopped;

    /** @param callsPerSecond at each door */
    static SteadyLoad start(List<Door> doors, int callsPerSecond) {
        SteadyLoad load = new SteadyLoad();
        Duration interval = Duration.ofSeconds(1).dividedBy(callsPerSecond);
        doors.forEach(door -> load.threads.execute(() -> load.call(door, interval)));
        return load;
    }

    /** Calls that were answered or failed. */
    long calls() {
        return times.getTotalCount() + failed.sum();
    }

    long failed() {
        return failed.sum();
    }

    /** What the first of the failed calls were told. */
    List<String> failures() {
        return List.copyOf(failures);
    }

    /** How long calls took, in milliseconds. */
    double millis(double percentile) {
        return times.getValueAtPercentile(percentile) / 1e6;
    }

    private void call(Door door, Duration interval) {
        Semaphore free = new Semaphore(MOST_IN_FLIGHT);
        long due = System.nanoTime();
        try {
            while (!stopped) {
                free.acquire();
                threads.execute(() -> {
                    try {
                        callOnce(door);
                    } finally {
                        free.release();
                    }
                });
                due = Math.max(due + interval.toNanos(), System.nanoTime());
                TimeUnit.NANOSECONDS.sleep(due - System.nanoTime());
            }
        } catch (RejectedExecutionException stopping) {
            // It was stopped between the look and the call, which nobody counts then.
            stopped = true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void callOnce(Door door) {
        long begin = System.nanoTime();
        try {
            var _ = door.call();
            times.recordValue(System.nanoTime() - begin);
        } catch (StatusException | RuntimeException e) {
            failed.increment();
            if (failures.size() < MOST_SHOWN) {
                failures.add(String.valueOf(e));
            }
        }
    }

    /** Waits for the calls in flight. */
    @Override
    public void close() {
        stopped = true;
        threads.shutdown();
        try {
            if (!threads.awaitTermination(STOP.toSeconds(), TimeUnit.SECONDS)) {
                throw new IllegalStateException("calls did not end within " + STOP);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
