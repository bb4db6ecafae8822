package io.modelmill.training.job;

import org.jspecify.annotations.Nullable;

/** Passes wakes on to a watch that may not have begun yet. */
final class WatchGate {
    private volatile JobSignals.@Nullable Subscription subscription;

    void opens(JobSignals.Subscription watch) {
        subscription = watch;
    }

    /** A wake before the watch begins is no loss: the watch looks before it waits. */
    void wake() {
        JobSignals.Subscription watch = subscription;
        if (watch != null) {
            watch.wake();
        }
    }
}
