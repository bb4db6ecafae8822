package io.modelmill.inference.batching;

import io.modelmill.inference.session.GraphRunner;
import io.modelmill.inference.statistics.VersionStatistics;
import io.modelmill.servicekit.error.ServiceException;
import io.netty.util.HashedWheelTimer;
import io.opentelemetry.api.trace.Tracer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The platform threads on which graphs run, and the bounded queue before them. Native code holds its thread for the whole
 * run, so a virtual thread would only hold a carrier that others need. A thread that becomes free takes the request of
 * the tenant who is next, with all that fits with it. One lock guards the queue; nothing slow is done with it.
 */
public final class RunScheduler implements AutoCloseable {
    private static final Duration DRAIN = Duration.ofSeconds(10);
    /** How long a run may take to end when it was told to. */
    private static final Duration ABORT = Duration.ofSeconds(2);
    /** Precision of deadlines: a caller has its own clock, this one frees what waits for it. */
    private static final Duration TICK = Duration.ofMillis(5);

    /**
     * How much longer than expected a wait is taken to be: half of what is let in at the very edge would be late, and its
     * runs lost to those who were in time.
     */
    private static final double LATENESS = 1.2;

    private static final long CLOSING_LOOK_NANOS = 1_000_000;

    /** Whom warm-ups and measures of the replica itself are charged to; no tenant has an empty name. */
    private static final String SELF = "";

    private final ReentrantLock lock = new ReentrantLock();
    private final WaitingRequests queue;
    private final int capacity;
    private final RunThread[] threads;
    private final BitSet idle;
    private final TenantQueue self;
    private final HashedWheelTimer deadlines;
    private boolean closing;

    /**
     * @param threads runs at a time
     * @param capacity requests that may wait
     * @param rowCapacity rows that may wait
     * @param weights of tenants' shares; 1 for who is not named
     */
    public RunScheduler(int threads, int capacity, long rowCapacity, Map<String, Double> weights) {
        this.queue = new WaitingRequests(capacity, rowCapacity, weights);
        this.self = queue.tenant(SELF);
        this.capacity = capacity;
        this.idle = new BitSet(threads);
        this.deadlines = new HashedWheelTimer(
                Thread.ofPlatform().name("deadlines").daemon().factory(), TICK.toMillis(), TimeUnit.MILLISECONDS);
        this.threads = new RunThread[threads];
        for (int index = 0; index < threads; index++) {
            this.threads[index] = new RunThread(index);
        }
        for (RunThread thread : this.threads) {
            thread.platform.start();
        }
    }

    /** Runs at a time. */
    public int threads() {
        return threads.length;
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
        FutureTask<T> task = new FutureTask<>(work);
        RunThread runner = threads[thread];
        lock.lock();
        try {
            if (closing) {
                throw Refusals.goingAway();
            }
            runner.own.add(task);
            queue.lift(self);
            idle.clear(thread);
        } finally {
            lock.unlock();
        }
        LockSupport.unpark(runner.platform);
        boolean isInterrupted = false;
        try {
            while (true) {
                try {
                    return task.get(1, TimeUnit.SECONDS);
                } catch (TimeoutException e) {
                    if (!runner.platform.isAlive()) {
                        throw Refusals.goingAway();
                    }
                } catch (InterruptedException e) {
                    // Work that has begun uses what its owner would close next: its end is waited for.
                    if (withdrew(runner, task)) {
                        throw e;
                    }
                    isInterrupted = true;
                }
            }
        } finally {
            if (isInterrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Takes back work that has not begun; answers false if it has. */
    private boolean withdrew(RunThread runner, FutureTask<?> task) {
        lock.lock();
        try {
            return runner.own.remove(task);
        } finally {
            lock.unlock();
        }
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
                woken = isKept ? null : wake(group, request.arrival);
            } else {
                request.state = QueuedRequest.State.ENDED;
            }
        } finally {
            lock.unlock();
        }
        if (woken != null) {
            LockSupport.unpark(woken.platform);
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
        if (closing) {
            return Refusals.goingAway();
        }
        if (!request.hasDeadline()) {
            return null;
        }
        long left = request.request.deadlineNanos() - request.arrival;
        if (left <= 0) {
            return Refusals.expired();
        }
        double expected = LATENESS * queue.expectedNanos(request, threads.length, busyNanos(request));
        return expected > left ? Refusals.late(expected, left) : null;
    }

    /**
     * Nanoseconds until one of the threads that may run it is expected to be free. A run that takes longer than expected is
     * taken to need as long again as it is late, so that nothing is let in behind one that hangs.
     */
    private double busyNanos(QueuedRequest request) {
        double least = Double.MAX_VALUE;
        int eligible = Math.min(threads.length, request.batcher.concurrency());
        for (int index = 0; index < eligible; index++) {
            RunThread thread = threads[index];
            Batch batch = thread.running;
            least = Math.min(least, batch == null ? 0 : Math.abs(batch.charged - (request.arrival - thread.begin)));
        }
        return least;
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

    /** Has the threads look again at what waits for more rows. */
    void hurry() {
        lock.lock();
        try {
            idle.clear();
        } finally {
            lock.unlock();
        }
        for (RunThread thread : threads) {
            LockSupport.unpark(thread.platform);
        }
    }

    /** With the lock: an idle thread for the group, if it has more work than threads are on their way to it. */
    private @Nullable RunThread wake(ShapeGroup group, long now) {
        if (group.isEmpty()) {
            return null;
        }
        // One thread is enough to keep the time until a batch that waits for more rows may begin.
        long needed = group.nanosToWait(now) > 0 ? 1 : group.batches();
        int thread = idle.nextSetBit(0);
        if (group.wakes >= needed || thread < 0 || thread >= group.batcher.concurrency()) {
            return null;
        }
        idle.clear(thread);
        threads[thread].wokenFor = group;
        group.wakes++;
        return threads[thread];
    }

    /** Finishes what waits, for 10 s at most; what is not done by then is ended or refused. */
    @Override
    public void close() {
        lock.lock();
        try {
            closing = true;
        } finally {
            lock.unlock();
        }
        hurry();
        boolean interrupted = !join(DRAIN);
        List<QueuedRequest> undone;
        lock.lock();
        try {
            undone = queue.removeAll();
            for (RunThread thread : threads) {
                if (thread.running != null) {
                    thread.running.terminate();
                }
                thread.own.forEach(task -> task.cancel(true));
            }
        } finally {
            lock.unlock();
        }
        undone.forEach(request -> request.fail(Refusals.goingAway()));
        interrupted |= !join(ABORT);
        deadlines.stop();
        if (interrupted && Thread.interrupted()) {
            Thread.currentThread().interrupt();
        }
    }

    /** Waits for the threads to end; answers false if this thread was interrupted meanwhile. */
    private boolean join(Duration limit) {
        long end = System.nanoTime() + limit.toNanos();
        try {
            for (RunThread thread : threads) {
                long left = end - System.nanoTime();
                if (left > 0) {
                    thread.platform.join(Duration.ofNanos(left));
                }
            }
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** One of the threads; its fields are guarded by the lock. */
    private final class RunThread implements Runnable {
        final int index;
        final Thread platform;
        /** Work of the replica itself for this thread. */
        final Queue<FutureTask<?>> own = new ArrayDeque<>();

        private final List<QueuedRequest> expired = new ArrayList<>();
        private final List<RunThread> toWake = new ArrayList<>();

        @Nullable
        ShapeGroup wokenFor;

        @Nullable
        Batch running;

        private @Nullable FutureTask<?> task;
        private long begin;
        /** Whether it keeps the time for a batch that waits for more rows. */
        private boolean watching;

        RunThread(int index) {
            this.index = index;
            this.platform = Thread.ofPlatform().name("session-run-" + index).unstarted(this);
        }

        @Override
        public void run() {
            while (next()) {
                for (int at = 0; at < expired.size(); at++) {
                    expired.get(at).fail(Refusals.expired());
                }
                expired.clear();
                Batch batch = running;
                if (batch != null) {
                    batch.run(index);
                } else if (task != null) {
                    task.run();
                }
            }
        }

        /** Ends the last work and waits for more; false at the end of the scheduler. */
        private boolean next() {
            lock.lock();
            try {
                begin = endLast();
                while (true) {
                    ShapeGroup arrivedFor = arrive();
                    take();
                    if (running != null || task != null || !expired.isEmpty()) {
                        callOthers(arrivedFor);
                        return true;
                    }
                    if (closing && queue.size() == 0) {
                        return false;
                    }
                    await();
                    begin = System.nanoTime();
                }
            } finally {
                lock.unlock();
                for (int at = 0; at < toWake.size(); at++) {
                    LockSupport.unpark(toWake.get(at).platform);
                }
                toWake.clear();
            }
        }

        private long endLast() {
            long now = System.nanoTime();
            if (running != null) {
                queue.ended(running, now - begin);
                running = null;
            } else if (task != null) {
                self.charge(now - begin);
                task = null;
            }
            return now;
        }

        private @Nullable ShapeGroup arrive() {
            ShapeGroup group = wokenFor;
            if (group != null) {
                group.wakes--;
                wokenFor = null;
            }
            return group;
        }

        private void take() {
            TenantQueue fairest = queue.fairest(index, begin);
            if (!own.isEmpty() && (fairest == null || self.clock <= fairest.clock)) {
                task = own.remove();
            } else if (fairest != null) {
                running = queue.take(fairest, index, begin, expired);
            }
        }

        /** This thread is busy now: others look after what else waits. */
        private void callOthers(@Nullable ShapeGroup arrivedFor) {
            ShapeGroup taken = running == null ? null : running.group;
            call(taken);
            if (arrivedFor != taken) {
                call(arrivedFor);
            }
            int lookout = watching ? idle.nextSetBit(0) : -1;
            watching = false;
            if (lookout >= 0) {
                idle.clear(lookout);
                toWake.add(threads[lookout]);
            }
        }

        private void call(@Nullable ShapeGroup group) {
            RunThread woken = group == null ? null : wake(group, begin);
            if (woken != null) {
                toWake.add(woken);
            }
        }

        private void await() {
            long nanos = queue.nanosToWait(index, begin);
            watching = nanos != Long.MAX_VALUE;
            if (closing) {
                nanos = Math.min(nanos, CLOSING_LOOK_NANOS);
            }
            idle.set(index);
            lock.unlock();
            try {
                if (nanos == Long.MAX_VALUE) {
                    LockSupport.park(this);
                } else {
                    LockSupport.parkNanos(this, nanos);
                }
            } finally {
                lock.lock();
                idle.clear(index);
            }
        }
    }
}
