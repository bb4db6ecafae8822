package io.modelmill.worker.checkpoint;

import io.modelmill.worker.failure.PlatformFailedException;
import io.modelmill.worker.process.WorkerLog;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Writes states to disk and has them published by a thread of its own, so that training goes on meanwhile. States at the ends
 * of epochs are kept no more often than every few seconds, all others always. While one is being published only the newest of
 * those that come then waits; those that it replaces are dropped.
 */
public final class CheckpointKeeper implements Checkpoints, AutoCloseable {
    /** Between two that nobody asked for: an attempt that dies loses no more than this and the epoch that runs. */
    static final Duration PAUSE = Duration.ofSeconds(5);

    private final Path folder;
    private final Publisher publisher;
    private final LongSupplier nanoTime;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Thread thread;
    private @Nullable Kept waiting;
    private boolean publishing;
    private boolean closed;
    private long lastKept;
    private long lastStep = -1;
    private int files;

    /**
     * Starts the thread.
     *
     * @param folder that is there, for the files
     */
    public CheckpointKeeper(Path folder, Publisher publisher) {
        this(folder, publisher, System::nanoTime);
    }

    CheckpointKeeper(Path folder, Publisher publisher, LongSupplier nanoTime) {
        this.folder = folder;
        this.publisher = publisher;
        this.nanoTime = nanoTime;
        this.lastKept = nanoTime.getAsLong();
        this.thread = Thread.ofPlatform().daemon().name("checkpoints").start(this::publishAll);
    }

    @Override
    public void offer(Occasion occasion, Supplier<TrainingState> state) {
        boolean soon = nanoTime.getAsLong() - lastKept < PAUSE.toNanos();
        if (occasion == Occasion.EPOCH && soon) {
            return;
        }
        TrainingState current = state.get();
        if (current.step() == lastStep) {
            return;
        }
        Path file = folder.resolve("checkpoint-%d.bin".formatted(++files));
        try {
            CheckpointFile.write(current, file);
        } catch (PlatformFailedException e) {
            // Training can do without: a later one may find room.
            WorkerLog.write("checkpoint at step %d is not kept: %s", current.step(), e.getMessage());
            return;
        }
        lastKept = nanoTime.getAsLong();
        lastStep = current.step();
        hand(new Kept(file, current.epoch(), current.step()));
    }

    private void hand(Kept kept) {
        lock.lock();
        try {
            Optional.ofNullable(waiting).ifPresent(replaced -> delete(replaced.file()));
            waiting = kept;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits until all that was kept is published.
     *
     * @return whether it is
     */
    public boolean awaitPublished(Duration patience) {
        long left = patience.toNanos();
        lock.lock();
        try {
            while (waiting != null || publishing) {
                if (left <= 0) {
                    return false;
                }
                left = changed.awaitNanos(left);
            }
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            lock.unlock();
        }
    }

    /** Publishes nothing more, once what is being published is done. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            Optional.ofNullable(waiting).ifPresent(dropped -> delete(dropped.file()));
            waiting = null;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        try {
            thread.join(TimeUnit.MINUTES.toMillis(1));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void publishAll() {
        for (Optional<Kept> next = next(); next.isPresent(); next = next()) {
            Kept kept = next.get();
            try {
                publisher.publish(kept.file(), kept.epoch(), kept.step());
            } catch (RuntimeException e) {
                WorkerLog.write("checkpoint at step %d is not published: %s", kept.step(), e.getMessage());
            } finally {
                delete(kept.file());
                published();
            }
        }
    }

    private Optional<Kept> next() {
        lock.lock();
        try {
            while (waiting == null && !closed) {
                changed.await();
            }
            Optional<Kept> next = Optional.ofNullable(waiting);
            waiting = null;
            publishing = next.isPresent();
            return next;
        } catch (InterruptedException e) {
            return Optional.empty();
        } finally {
            lock.unlock();
        }
    }

    private void published() {
        lock.lock();
        try {
            publishing = false;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Makes a state outlast the worker. */
    @FunctionalInterface
    public interface Publisher {
        /**
         * Takes the file's bytes before it returns.
         *
         * @param epoch epochs done
         * @param step steps done
         */
        void publish(Path file, int epoch, long step);
    }

    private record Kept(Path file, int epoch, long step) {}
}
