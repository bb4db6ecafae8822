package io.modelmill.inference.session;

import org.jspecify.annotations.Nullable;

/** Ends a run whose callers have all gone. Asking before or after the run is no mistake. */
public final class Termination {
    private boolean requested;
    private @Nullable Runnable stop;

    /** Asks for the end. */
    public synchronized void request() {
        requested = true;
        if (stop != null) {
            stop.run();
        }
    }

    public synchronized boolean isRequested() {
        return requested;
    }

    /** @param stop ends the run that begins now; called at once if the end was asked for already */
    synchronized void begin(Runnable stop) {
        this.stop = stop;
        if (requested) {
            stop.run();
        }
    }

    /** The run is over: nothing is stopped any more. */
    synchronized void end() {
        stop = null;
    }
}
