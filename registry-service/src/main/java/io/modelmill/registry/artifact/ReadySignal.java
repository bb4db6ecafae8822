package io.modelmill.registry.artifact;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/** Lets a blocking writer wait until its call takes more, so that a slow client does not fill the memory. */
final class ReadySignal {
    private final BooleanSupplier ready;
    private final BooleanSupplier cancelled;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    ReadySignal(BooleanSupplier ready, BooleanSupplier cancelled) {
        this.ready = ready;
        this.cancelled = cancelled;
    }

    /** Says that the call may have become ready or been cancelled. */
    void look() {
        lock.lock();
        try {
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Waits until the call takes more; false when it was cancelled. */
    boolean await() throws InterruptedException {
        lock.lock();
        try {
            while (!cancelled.getAsBoolean()) {
                if (ready.getAsBoolean()) {
                    return true;
                }
                changed.await();
            }
            return false;
        } finally {
            lock.unlock();
        }
    }
}
