package io.modelmill.inference.batching;

import io.modelmill.inference.session.GraphRunner;
import io.modelmill.inference.statistics.VersionStatistics;
import io.modelmill.servicekit.error.ServiceException;
import io.netty.util.HashedWheelTimer;
import io.opentelemetry.api.trace.Tracer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** The bounded queue before the threads on which graphs run: who is let in, who has to leave, and when it ends. */
public final class RunScheduler implements AutoCloseable {
    private static final Duration DRAIN = Duration.ofSeconds(10);
    /** How long a run may take to end when it was told to. */
    private static final Duration ABORT = Duration.ofSeconds(2);
    /** Precision of deadlines: a caller has its own clock, this one frees what waits for it. */
    private static final Duration TICK = Duration.ofMillis(5);

    private final WaitingRequests queue;
    private final int capacity;
    private final RunThreads threads;
    private final ReentrantLock lock;
    private final HashedWheelTimer deadlines;

    /**
     * @param threads runs at a time
     * @param capacity requests that may wait
     * @param rowCapacity rows that may wait
     * @param weights of tenants' shares; 1 for who is not named
     */
    public RunScheduler(int threads, int capacity, long rowCapacity, Map<String, Double> weights) {
        this.queue = new WaitingRequests(capacity, rowCapacity, weights);
        this.capacity = capacity;
        this.threads = new RunThreads(threads, queue);
        this.lock = this.threads.lock();
        this.deadlines = new HashedWheelTimer(
                Thread.ofPlatform().name("deadlines").daemon().factory(), TICK.toMillis(), TimeUnit.MILLISECONDS);
        this.threads.start();
    }

    /** Runs at a time. */
    public int threads() {
        return threads.count();
    }

    /**
     * Takes on a loaded version.
     *
     * @param runner must stay open as long as one of its requests is unanswered
     * @param policy what its batches may be
     * @param statistics are told of runs; of requests they are told by who submits
     * @param name for logs
     */
    public Batcher batcher(GraphRunner runner, BatchPolicy policy, VersionStatistics statistics, String name) {
        return new Batcher(this, runner, policy, statistics, BatchTracing.NONE, name);
    }

    /** The same, with a span for each batch of traced requests. */
    public Batcher batcher(
            GraphRunner runner, BatchPolicy policy, VersionStatistics statistics, Tracer tracer, String name) {
        return new Batcher(this, runner, policy, statistics, new BatchTracing(tracer), name);
    }

    /**
     * Runs work of the replica itself, such as a first run before a version answers, between those of the tenants, as if
     * it were one of them.
     *
     * @param thread index of the run thread
     */
    public <T> T call(int thread, Callable<T> work) throws ExecutionException, InterruptedException {
        return threads.call(thread, work);
    }

    /** Requests that wait. */
    public int waiting() {
        lock.lock();
        try {
            return queue.size();
        } finally {
            lock.unlock();
        }
    }

    /** Most requests that may wait. */
    public int queueCapacity() {
        return capacity;
    }

    /** The answer to one call too many. */
    public static ServiceException full() {
        return Refusals.full();
    }

    /** Takes a new request, or tells its listener why not. */
    void submit(QueuedRequest request) {
        List<QueuedRequest> pushedOut = List.of();
        RuntimeException refusal;
        RunThread woken = null;
        lock.lock();
        try {
            refusal = refusal(request);
            while (refusal == null && queue.isFullFor(request)) {
                QueuedRequest victim = queue.victimFor(request);
                if (victim == null) {
                    refusal = Refusals.full();
                } else {
                    queue.remove(victim);
                    pushedOut = pushedOut.isEmpty() ? new ArrayList<>() : pushedOut;
                    pushedOut.add(victim);
                }
            }
            if (refusal == null) {
                ShapeGroup group = queue.add(request, request.arrival);
                // The first has called the thread that keeps the time.
                boolean isKept = group.requests() > 1 && group.nanosToWait(request.arrival) > 0;
                woken = isKept ? null : threads.wake(group, request.arrival);
            } else {
                request.state = QueuedRequest.State.ENDED;
            }
        } finally {
            lock.unlock();
        }
        if (woken != null) {
            woken.unpark();
        }
        for (QueuedRequest victim : pushedOut) {
            victim.fail(Refusals.full());
        }
        if (refusal != null) {
            request.fail(refusal);
        } else if (request.hasDeadline()) {
            long left = request.request.deadlineNanos() - request.arrival;
            request.timeout(deadlines.newTimeout(request, left, TimeUnit.NANOSECONDS));
        }
    }

    private @Nullable RuntimeException refusal(QueuedRequest request) {
        if (threads.isClosing()) {
            return Refusals.goingAway();
        }
        RuntimeException refused = request.batcher.refusal();
        if (refused != null) {
            return refused;
        }
        if (!request.hasDeadline()) {
            return null;
        }
        long left = request.request.deadlineNanos() - request.arrival;
        if (left <= 0) {
            return Refusals.expired();
        }
        double expected = queue.expectedNanos(request, threads.count(), threads.busyNanos(request));
        return expected > left ? Refusals.late(expected, left) : null;
    }

    /** Nobody waits for the answer any more: it leaves the queue, or ends its run if nobody else waits for that. */
    void abandon(QueuedRequest request, RuntimeException why) {
        boolean left = false;
        Batch deserted = null;
        lock.lock();
        try {
            switch (request.state) {
                case WAITING -> {
                    queue.remove(request);
                    left = true;
                }
                case RUNNING -> {
                    if (request.abandoned == null) {
                        request.abandoned = why;
                        Batch batch = request.batch;
                        deserted = batch != null && batch.abandonOne() ? batch : null;
                    }
                }
                case ENDED -> {}
            }
        } finally {
            lock.unlock();
        }
        if (deserted != null) {
            deserted.terminate();
        }
        if (left) {
            request.fail(why);
        }
    }

    /** As {@link Batcher#refuse}. */
    void refuse(Batcher batcher, RuntimeException why) {
        List<QueuedRequest> waiting;
        List<Batch> deserted;
        lock.lock();
        try {
            batcher.refusal(why);
            waiting = batcher.waiting();
            waiting.forEach(queue::remove);
            deserted = threads.running(batcher).stream()
                    .filter(batch -> batch.abandonAll(why))
                    .toList();
        } finally {
            lock.unlock();
        }
        deserted.forEach(Batch::terminate);
        waiting.forEach(request -> request.fail(why));
    }

    /** Has the threads look again at what waits for more rows. */
    void hurry() {
        threads.hurry();
    }

    /** Finishes what waits, for 10 s at most; what is not done by then is ended or refused. */
    @Override
    public void close() {
        threads.beginClose();
        boolean interrupted = !threads.join(DRAIN);
        List<QueuedRequest> undone;
        lock.lock();
        try {
            undone = queue.removeAll();
            threads.abort();
        } finally {
            lock.unlock();
        }
        undone.forEach(request -> request.fail(Refusals.goingAway()));
        interrupted |= !threads.join(ABORT);
        deadlines.stop();
        if (interrupted && Thread.interrupted()) {
            Thread.currentThread().interrupt();
        }
    }
}
