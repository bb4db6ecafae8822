package io.modelmill.inference.batching;

import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The run threads together: which of them are idle, and who is woken for what. One lock guards them and the queue before
 * them; nothing slow is done with it.
 */
final class RunThreads {
    /** Whom warm-ups and measures of the replica itself are charged to; no tenant has an empty name. */
    private static final String SELF = "";

    private final ReentrantLock lock = new ReentrantLock();
    private final WaitingRequests queue;
    private final TenantQueue self;
    private final RunThread[] threads;
    private final BitSet idle;
    private boolean closing;

    /** Starts none of them yet. */
    RunThreads(int count, WaitingRequests queue) {
        this.queue = queue;
        this.self = queue.tenant(SELF);
        this.idle = new BitSet(count);
        this.threads = new RunThread[count];
        for (int index = 0; index < count; index++) {
            threads[index] = new RunThread(this, queue, index);
        }
    }

    void start() {
        for (RunThread thread : threads) {
            thread.start();
        }
    }

    int count() {
        return threads.length;
    }

    /** Guards the queue and all that is said here to need it. */
    ReentrantLock lock() {
        return lock;
    }

    /** The replica's own turn among the tenants. With the lock, as all below but {@link #call} to {@link #join}. */
    TenantQueue self() {
        return self;
    }

    boolean isClosing() {
        return closing;
    }

    void idle(int index) {
        idle.set(index);
    }

    void busy(int index) {
        idle.clear(index);
    }

    /** An idle thread, which is so no more; null if there is none. */
    @Nullable
    RunThread takeIdle() {
        int thread = idle.nextSetBit(0);
        if (thread < 0) {
            return null;
        }
        idle.clear(thread);
        return threads[thread];
    }

    /** An idle thread for the group, if it has more work than threads are on their way to it. */
    @Nullable
    RunThread wake(ShapeGroup group, long now) {
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
        threads[thread].call(group);
        return threads[thread];
    }

    /** Nanoseconds until one of the threads that may run the request is expected to be free. */
    double busyNanos(QueuedRequest request) {
        double least = Double.MAX_VALUE;
        int eligible = Math.min(threads.length, request.batcher.concurrency());
        for (int index = 0; index < eligible; index++) {
            least = Math.min(least, threads[index].busyNanos(request.arrival));
        }
        return least;
    }

    /** All that runs for a version. */
    List<Batch> running(Batcher batcher) {
        List<Batch> batches = new ArrayList<>();
        for (RunThread thread : threads) {
            Batch batch = thread.running(batcher);
            if (batch != null) {
                batches.add(batch);
            }
        }
        return batches;
    }

    /** Ends all that runs. */
    void abort() {
        for (RunThread thread : threads) {
            thread.abort();
        }
    }

    /** See {@link RunScheduler#call}. Without the lock, as all below. */
    <T> T call(int index, Callable<T> work) throws ExecutionException, InterruptedException {
        FutureTask<T> task = new FutureTask<>(work);
        RunThread thread = threads[index];
        lock.lock();
        try {
            if (closing) {
                throw Refusals.goingAway();
            }
            thread.add(task);
            queue.lift(self);
            idle.clear(index);
        } finally {
            lock.unlock();
        }
        thread.unpark();
        return await(task, thread);
    }

    private <T> T await(FutureTask<T> task, RunThread thread) throws ExecutionException, InterruptedException {
        boolean isInterrupted = false;
        try {
            while (true) {
                try {
                    return task.get(1, TimeUnit.SECONDS);
                } catch (TimeoutException e) {
                    if (!thread.isAlive()) {
                        throw Refusals.goingAway();
                    }
                } catch (InterruptedException e) {
                    // Work that has begun uses what its owner would close next: its end is waited for.
                    if (withdrew(thread, task)) {
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

    private boolean withdrew(RunThread thread, FutureTask<?> task) {
        lock.lock();
        try {
            return thread.remove(task);
        } finally {
            lock.unlock();
        }
    }

    /** All look again at what waits. */
    void hurry() {
        lock.lock();
        try {
            idle.clear();
        } finally {
            lock.unlock();
        }
        for (RunThread thread : threads) {
            thread.unpark();
        }
    }

    /** They take on nothing more and end when nothing waits. */
    void beginClose() {
        lock.lock();
        try {
            closing = true;
        } finally {
            lock.unlock();
        }
        hurry();
    }

    /** Waits for the threads to end; answers false if this thread was interrupted meanwhile. */
    boolean join(Duration limit) {
        long end = System.nanoTime() + limit.toNanos();
        try {
            for (RunThread thread : threads) {
                long left = end - System.nanoTime();
                if (left > 0) {
                    thread.join(left);
                }
            }
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
