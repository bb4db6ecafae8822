package io.modelmill.inference.session;

import io.modelmill.inference.model.InferenceReason;
import io.modelmill.servicekit.error.ServiceException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The platform threads on which graphs run, and the bounded queue before them. Native code holds its thread for the whole
 * run, so a virtual thread would only hold a carrier that others need.
 */
public final class SessionRuns implements AutoCloseable {
    private static final Duration RETRY_AFTER = Duration.ofMillis(100);
    private static final Duration DRAIN = Duration.ofSeconds(10);

    private final BlockingQueue<Runnable> queue;
    private final ThreadPoolExecutor threads;
    private final int queueCapacity;
    private final AtomicInteger threadsMade = new AtomicInteger();

    public SessionRuns(SessionConfig config) {
        int count = config.runThreads()
                .orElse(
                        switch (config.device()) {
                            case CPU -> Runtime.getRuntime().availableProcessors();
                            // Runs that hop between threads grow memory on CUDA (onnxruntime issue 29351).
                            case CUDA -> 1;
                        });
        this.queueCapacity = config.queueCapacity();
        this.queue = new ArrayBlockingQueue<>(queueCapacity);
        this.threads = new ThreadPoolExecutor(
                count,
                count,
                0,
                TimeUnit.SECONDS,
                queue,
                work -> new RunThread(work, threadsMade.getAndIncrement() % count),
                (task, executor) -> {
                    throw executor.isShutdown() ? goingAway() : full();
                });
        threads.prestartAllCoreThreads();
    }

    /**
     * Queues work that never throws.
     *
     * @throws ServiceException RESOURCE_EXHAUSTED with a time to try again if the queue is full
     */
    public void submit(Runnable work) {
        threads.execute(work);
    }

    /**
     * Runs work of the replica itself, such as a first run before a version answers, in its turn; waits for room in a
     * full queue.
     */
    public <T> T call(Callable<T> work) throws ExecutionException, InterruptedException {
        FutureTask<T> task = new FutureTask<>(work);
        while (!queue.offer(task, 1, TimeUnit.SECONDS)) {
            if (threads.isShutdown()) {
                throw goingAway();
            }
        }
        while (true) {
            try {
                return task.get(1, TimeUnit.SECONDS);
            } catch (java.util.concurrent.TimeoutException e) {
                if (threads.isTerminated()) {
                    throw goingAway();
                }
            }
        }
    }

    /** Index of the calling run thread. */
    public static int currentThread() {
        return ((RunThread) Thread.currentThread()).index;
    }

    private static final class RunThread extends Thread {
        private final int index;

        RunThread(Runnable work, int index) {
            super(work, "session-run-" + index);
            this.index = index;
        }
    }

    /** Work that waits. */
    public int waiting() {
        return queue.size();
    }

    /** Most work that may wait. */
    public int queueCapacity() {
        return queueCapacity;
    }

    /** The answer to one call too many. */
    public static ServiceException full() {
        return new ServiceException(
                InferenceReason.QUEUE_FULL,
                "too many predictions wait on this replica",
                List.of(),
                Optional.of(RETRY_AFTER));
    }

    private static ServiceException goingAway() {
        return new ServiceException(InferenceReason.REPLICA_NOT_READY, "this replica is shutting down");
    }

    /** Finishes what waits, for 10 s at most. */
    @Override
    public void close() {
        threads.shutdown();
        try {
            if (!threads.awaitTermination(DRAIN.toMillis(), TimeUnit.MILLISECONDS)) {
                threads.shutdownNow();
            }
        } catch (InterruptedException e) {
            threads.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }
}
