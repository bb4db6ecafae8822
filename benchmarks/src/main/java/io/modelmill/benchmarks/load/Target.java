package io.modelmill.benchmarks.load;

import io.grpc.Status;

/** What load is put on. */
@FunctionalInterface
public interface Target {
    /** Begins one call and returns at once. */
    void call(Answer answer);

    /** Told how a call ended, once, on any thread. */
    @FunctionalInterface
    interface Answer {
        /** The call has ended. */
        void arrived(Status.Code code);
    }
}
