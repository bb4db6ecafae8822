package io.modelmill.worker.assignment;

import io.modelmill.worker.process.WorkerLog;
import io.modelmill.worker.train.TrainingListener;
import io.modelmill.worker.train.TrainingProgress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;

/**
 * Tells training-service how far training is, by a thread of its own: training never waits. Every point is told, in order, all
 * that came since the last call in one, and about one call a second is made; what could not be told stays and is told with the
 * next, so that a restart of the service leaves no gap.
 */
public final class ProgressReporter implements TrainingListener, AutoCloseable {
    /** Most points of one call. */
    static final int BATCH = 500;

    private static final Duration INTERVAL = Duration.ofSeconds(1);
    /** After a call that failed. */
    private static final Duration PAUSE = Duration.ofMillis(200);

    private final Predicate<List<TrainingProgress>> service;
    private final Lease lease;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Deque<TrainingProgress> points = new ArrayDeque<>();
    /** Of {@link System#nanoTime}: no call before it, but for a hurry. */
    private long nextCall = System.nanoTime();

    /** Points that came, and that were told, since the start. */
    private long addedPoints;

    private long toldPoints;
    /** So many are to be told without a pause. */
    private long hurry;

    private boolean telling;
    private boolean closed;

    /** Starts the thread. */
    public ProgressReporter(TrainingServiceClient service, Lease lease) {
        this(service::reportProgress, lease);
    }

    /** @param service tells, and answers whether it was told */
    ProgressReporter(Predicate<List<TrainingProgress>> service, Lease lease) {
        this.service = service;
        this.lease = lease;
        Thread.ofPlatform().daemon().name("progress").start(this::tellAll);
    }

    @Override
    public void progressed(TrainingProgress progress) {
        add(progress);
    }

    @Override
    public void epochFinished(TrainingProgress progress) {
        WorkerLog.write("epoch %d of %d: %s", progress.epoch(), progress.epochs(), progress.metrics());
        add(progress);
    }

    private void add(TrainingProgress progress) {
        lock.lock();
        try {
            points.add(progress);
            addedPoints++;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean stopRequested() {
        return lease.cancelRequested() || lease.yieldRequested();
    }

    /** Tells all that came so far at once, and waits until it is told, but no longer than so long. */
    public void flush(Duration patience) {
        long left = patience.toNanos();
        lock.lock();
        try {
            long all = addedPoints;
            hurry = all;
            changed.signalAll();
            while (toldPoints < all && !closed && left > 0) {
                left = changed.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
    }

    /** Tells nothing more, once what is being told is. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
            while (telling) {
                changed.await();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
    }

    private void tellAll() {
        for (List<TrainingProgress> next = next(); !next.isEmpty(); next = next()) {
            boolean told = false;
            try {
                told = service.test(next);
            } finally {
                told(next.size(), told);
            }
        }
    }

    /** What is to be told next; nothing once the reporter is closed. */
    private List<TrainingProgress> next() {
        lock.lock();
        try {
            while (!closed) {
                long early = nextCall - System.nanoTime();
                if (points.isEmpty()) {
                    changed.await();
                } else if (early > 0 && toldPoints >= hurry) {
                    var _ = changed.awaitNanos(early);
                } else {
                    telling = true;
                    return points.stream().limit(BATCH).toList();
                }
            }
            return List.of();
        } catch (InterruptedException e) {
            return List.of();
        } finally {
            lock.unlock();
        }
    }

    private void told(int count, boolean done) {
        lock.lock();
        try {
            telling = false;
            nextCall = System.nanoTime() + INTERVAL.toNanos();
            for (int point = 0; done && point < count; point++) {
                points.removeFirst();
                toldPoints++;
            }
            changed.signalAll();
            for (long left = PAUSE.toNanos(); !done && !closed && left > 0; ) {
                left = changed.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
    }
}
