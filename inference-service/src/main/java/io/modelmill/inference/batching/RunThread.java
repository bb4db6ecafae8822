package io.modelmill.inference.batching;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.FutureTask;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A platform thread on which graphs run. Native code holds its thread for the whole run, so a virtual thread would only
 * hold a carrier that others need. When it becomes free it takes the request of the tenant who is next, with all that fits
 * with it, and calls others for what it leaves behind. Its fields are guarded by the lock of all run threads.
 */
final class RunThread implements Runnable {
    private static final long CLOSING_LOOK_NANOS = 1_000_000;

    private final RunThreads others;
    private final WaitingRequests queue;
    private final int index;
    private final Thread platform;
    /** Work of the replica itself for this thread. */
    private final Queue<FutureTask<?>> own = new ArrayDeque<>();

    private final List<QueuedRequest> expired = new ArrayList<>();
    private final List<RunThread> toWake = new ArrayList<>();

    private @Nullable ShapeGroup wokenFor;
    private @Nullable Batch running;
    private @Nullable FutureTask<?> task;
    private long begin;
    /** Whether it keeps the time for a batch that waits for more rows. */
    private boolean watching;

    RunThread(RunThreads others, WaitingRequests queue, int index) {
        this.others = others;
        this.queue = queue;
        this.index = index;
        this.platform = Thread.ofPlatform().name("session-run-" + index).unstarted(this);
    }

    void start() {
        platform.start();
    }

    boolean isAlive() {
        return platform.isAlive();
    }

    void join(long nanos) throws InterruptedException {
        platform.join(Duration.ofNanos(nanos));
    }

    /** Without the lock: it looks again at what waits. */
    void unpark() {
        LockSupport.unpark(platform);
    }

    /** Work of the replica itself, which is done in its turn. */
    void add(FutureTask<?> work) {
        own.add(work);
    }

    /** Takes back work that has not begun; answers false if it has. */
    boolean remove(FutureTask<?> work) {
        return own.remove(work);
    }

    /** It is on its way to the group. */
    void call(ShapeGroup group) {
        wokenFor = group;
        group.wakes++;
    }

    /**
     * Nanoseconds until it is expected to be free. A run that takes longer than expected is taken to need as long again as
     * it is late, so that nothing is let in behind one that hangs.
     */
    double busyNanos(long now) {
        Batch batch = running;
        return batch == null ? 0 : Math.abs(batch.charged - (now - begin));
    }

    /** What it runs for the version; null if it does not. */
    @Nullable
    Batch running(Batcher batcher) {
        Batch batch = running;
        return batch != null && batch.batcher == batcher ? batch : null;
    }

    /** Ends what it runs, and what it would have done for the replica. */
    void abort() {
        if (running != null) {
            running.terminate();
        }
        own.forEach(work -> work.cancel(true));
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
        others.lock().lock();
        try {
            begin = endLast();
            while (true) {
                ShapeGroup arrivedFor = arrive();
                take();
                if (running != null || task != null || !expired.isEmpty()) {
                    callOthers(arrivedFor);
                    return true;
                }
                if (others.isClosing() && queue.size() == 0) {
                    return false;
                }
                await();
                begin = System.nanoTime();
            }
        } finally {
            others.lock().unlock();
            for (int at = 0; at < toWake.size(); at++) {
                toWake.get(at).unpark();
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
            others.self().charge(now - begin);
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
        if (!own.isEmpty() && (fairest == null || others.self().clock <= fairest.clock)) {
            task = own.remove();
        } else if (fairest != null) {
            running = queue.take(fairest, index, begin, expired);
        }
    }

    /** This thread is busy now: others look after what else waits. */
    private void callOthers(@Nullable ShapeGroup arrivedFor) {
        ShapeGroup taken = running == null ? null : running.group;
        callFor(taken);
        if (arrivedFor != taken) {
            callFor(arrivedFor);
        }
        RunThread lookout = watching ? others.takeIdle() : null;
        watching = false;
        if (lookout != null) {
            toWake.add(lookout);
        }
    }

    private void callFor(@Nullable ShapeGroup group) {
        RunThread woken = group == null ? null : others.wake(group, begin);
        if (woken != null) {
            toWake.add(woken);
        }
    }

    private void await() {
        long nanos = queue.nanosToWait(index, begin);
        watching = nanos != Long.MAX_VALUE;
        if (others.isClosing()) {
            nanos = Math.min(nanos, CLOSING_LOOK_NANOS);
        }
        others.idle(index);
        others.lock().unlock();
        try {
            if (nanos == Long.MAX_VALUE) {
                LockSupport.park(this);
            } else {
                LockSupport.parkNanos(this, nanos);
            }
        } finally {
            others.lock().lock();
            others.busy(index);
        }
    }
}
