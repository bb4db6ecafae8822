package io.modelmill.worker.assignment;

import io.modelmill.worker.process.WorkerLog;
import io.modelmill.worker.train.TrainingListener;
import io.modelmill.worker.train.TrainingProgress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Tells training-service how far training is, by a thread of its own: training never waits. Each epoch is told, in order; what could
 * not be told stays and is told before the next, so that a restart of the service leaves no gap. Of what is within an epoch only the
 * newest is told, and only once all epochs are.
 */
public final class ProgressReporter implements TrainingListener, AutoCloseable {
    private static final Duration PAUSE = Duration.ofMillis(200);

    private final Predicate<TrainingProgress> service;
    private final Lease lease;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Deque<TrainingProgress> epochs = new ArrayDeque<>();
    private @Nullable TrainingProgress within;
    private boolean telling;
    private boolean closed;

    /** Starts the thread. */
    public ProgressReporter(TrainingServiceClient service, Lease lease) {
        this(service::reportProgress, lease);
    }

    /** @param service tells, and answers whether it was told */
    ProgressReporter(Predicate<TrainingProgress> service, Lease lease) {
        this.service = service;
        this.lease = lease;
        Thread.ofPlatform().daemon().name("progress").start(this::tellAll);
    }

    @Override
    public void progressed(TrainingProgress progress) {
        lock.lock();
        try {
            within = progress;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void epochFinished(TrainingProgress progress) {
        WorkerLog.write("epoch %d of %d: %s", progress.epoch(), progress.epochs(), progress.metrics());
        lock.lock();
        try {
            epochs.add(progress);
            // What was within the epoch is less than its end.
            within = null;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean stopRequested() {
        return lease.cancelRequested();
    }

    /** Waits until all epochs are told, but no longer than so long. */
    public void flush(Duration patience) {
        long left = patience.toNanos();
        lock.lock();
        try {
            while ((telling || !epochs.isEmpty()) && left > 0) {
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
        for (Optional<TrainingProgress> next = next(); next.isPresent(); next = next()) {
            TrainingProgress progress = next.get();
            boolean told = false;
            try {
                told = service.test(progress);
            } finally {
                told(progress, told);
            }
        }
    }

    private Optional<TrainingProgress> next() {
        lock.lock();
        try {
            while (!closed && epochs.isEmpty() && within == null) {
                changed.await();
            }
            if (closed) {
                return Optional.empty();
            }
            telling = true;
            TrainingProgress inside = within;
            if (!epochs.isEmpty()) {
                return Optional.of(epochs.getFirst());
            }
            within = null;
            return Optional.ofNullable(inside);
        } catch (InterruptedException e) {
            return Optional.empty();
        } finally {
            lock.unlock();
        }
    }

    private void told(TrainingProgress progress, boolean done) {
        lock.lock();
        try {
            telling = false;
            if (done && progress == epochs.peekFirst()) {
                epochs.removeFirst();
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
