package io.modelmill.gateway.auth;

import io.grpc.ServerCall;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a call's events until its real listener is known. All methods are called on the call's own event-loop context. No
 * message is asked for meanwhile, so what waits is at most readiness, the half-close and a cancellation.
 */
final class WaitingListener<Q> extends ServerCall.Listener<Q> {
    private final Queue<Consumer<ServerCall.Listener<Q>>> waiting = new ArrayDeque<>();
    private ServerCall.@Nullable Listener<Q> listener;

    /** Hands the events over, those that waited first. */
    void resume(ServerCall.Listener<Q> next) {
        listener = next;
        while (!waiting.isEmpty()) {
            waiting.remove().accept(next);
        }
    }

    private void pass(Consumer<ServerCall.Listener<Q>> event) {
        ServerCall.Listener<Q> next = listener;
        if (next == null) {
            waiting.add(event);
        } else {
            event.accept(next);
        }
    }

    @Override
    public void onMessage(Q message) {
        pass(next -> next.onMessage(message));
    }

    @Override
    public void onHalfClose() {
        pass(ServerCall.Listener::onHalfClose);
    }

    @Override
    public void onCancel() {
        pass(ServerCall.Listener::onCancel);
    }

    @Override
    public void onComplete() {
        pass(ServerCall.Listener::onComplete);
    }

    @Override
    public void onReady() {
        pass(ServerCall.Listener::onReady);
    }
}
