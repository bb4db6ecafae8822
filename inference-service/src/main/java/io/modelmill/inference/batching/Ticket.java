package io.modelmill.inference.batching;

/** A submitted request. */
public interface Ticket {
    /**
     * The caller has gone: a waiting request never runs, and a run that nobody else waits for is ended. The listener hears
     * of it unless it was answered already.
     */
    void cancel();
}
