package io.modelmill.training.schedule;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/** Does a step again and again on a thread of its own: at an interval, and at once when woken. A failed step is logged. */
public final class BackgroundLoop implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(BackgroundLoop.class);

    private final String name;
    private final Duration interval;
    private final Runnable step;
    private final Semaphore wake = new Semaphore(0);
    private final Thread thread;
    private volatile boolean closed;

    /**
     * Begins at once.
     *
     * @param name of the thread
     * @param interval between two steps
     */
    public BackgroundLoop(String name, Duration interval, Runnable step) {
        this.name = name;
        this.interval = interval;
        this.step = step;
        this.thread = Thread.ofVirtual().name(name).start(this::run);
    }

    /** Does the next step at once. */
    public void wake() {
        wake.release();
    }

    private void run() {
        while (!closed) {
            try {
                step.run();
            } catch (RuntimeException failure) {
                LOG.warnf(failure, "%s failed and will be tried again", name);
            }
            try {
                if (wake.tryAcquire(interval.toMillis(), TimeUnit.MILLISECONDS)) {
                    wake.drainPermits();
                }
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    /** Returns when the step that runs, if any, is done. */
    @Override
    public void close() {
        closed = true;
        wake();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
