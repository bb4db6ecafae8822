package io.modelmill.registry.artifact;

import io.grpc.stub.StreamObserver;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.IntConsumer;

/**
 * Messages of a client's stream for one blocking reader. The next message is asked for when the reader wants it, so that
 * a client faster than the disk waits and at most one message is held.
 */
final class PacedRequests<T> implements StreamObserver<T> {
    private final IntConsumer request;
    private final BlockingQueue<Optional<T>> arrived = new LinkedBlockingQueue<>();
    private volatile boolean cancelled;

    /** @param request asks the call for so many more messages */
    PacedRequests(IntConsumer request) {
        this.request = request;
    }

    /** Waits for the next message; empty when the stream has ended or was cancelled. */
    Optional<T> next() throws InterruptedException {
        request.accept(1);
        return arrived.take();
    }

    /** Whether the client went away before the end. */
    boolean isCancelled() {
        return cancelled;
    }

    @Override
    public void onNext(T message) {
        arrived.add(Optional.of(message));
    }

    @Override
    public void onError(Throwable failure) {
        cancelled = true;
        arrived.add(Optional.empty());
    }

    @Override
    public void onCompleted() {
        arrived.add(Optional.empty());
    }
}
