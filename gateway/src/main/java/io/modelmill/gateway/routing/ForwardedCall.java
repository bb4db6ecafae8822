package io.modelmill.gateway.routing;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.Status;
import io.modelmill.gateway.auth.CallerTokens;
import io.modelmill.servicekit.security.Caller;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * One call on its way through the gateway. Messages pass one at a time: the next is asked for when the other side has
 * room, so that a slow side slows the fast one down. A call with one request goes on to the next target if nobody answered
 * at the first, as long as nothing of an answer has reached the caller.
 *
 * <p>Events of the caller and of the backend come on two threads. What they share is the volatile attempt and the two
 * flags that say who waits for room.
 */
final class ForwardedCall {
    private static final Logger LOG = Logger.getLogger(ForwardedCall.class);

    private final MethodDescriptor<byte[], byte[]> method;
    private final Backend backend;
    private final Caller caller;
    private final ServerCall<byte[], byte[]> callerSide;
    private final CallOptions options;
    private final Function<String, Metadata> headers;
    private final CallerTokens tokens;
    private final Context trace = Context.current();
    private final AtomicBoolean requestsWait = new AtomicBoolean();
    private final AtomicBoolean answersWait = new AtomicBoolean();
    /** So that no attempt begins while the caller goes. */
    private final ReentrantLock lock = new ReentrantLock();

    private volatile @Nullable Attempt attempt;
    private volatile boolean cancelled;

    /** @param headers makes the metadata of an attempt from its token */
    ForwardedCall(
            MethodDescriptor<byte[], byte[]> method,
            Backend backend,
            Caller caller,
            ServerCall<byte[], byte[]> callerSide,
            CallOptions options,
            Function<String, Metadata> headers,
            CallerTokens tokens) {
        this.method = method;
        this.backend = backend;
        this.caller = caller;
        this.callerSide = callerSide;
        this.options = options;
        this.headers = headers;
        this.tokens = tokens;
    }

    /** Sends the only request; called once. */
    void sendWhole(byte[] request) {
        List<Backend.Target> targets = backend.targets(caller, request);
        if (targets.isEmpty()) {
            refuse();
        } else {
            startWith(request, targets);
        }
    }

    /**
     * Opens the way for a stream of requests; called once, before {@link #send}.
     *
     * @param first request, which decides where all go; empty if there is none
     */
    void startStreaming(byte[] first) {
        List<Backend.Target> targets = backend.targets(caller, first);
        if (targets.isEmpty()) {
            refuse();
        } else {
            start(new Attempt(targets.getFirst(), null, List.of()));
        }
    }

    /** Passes one request of a stream on and asks for the next when there is room. */
    void send(byte[] request) {
        Attempt current = attempt;
        if (current == null) {
            return;
        }
        current.call.sendMessage(request);
        requestsWait.set(true);
        if (current.call.isReady()) {
            askForRequest();
        }
    }

    void endOfRequests() {
        Attempt current = attempt;
        if (current != null) {
            current.call.halfClose();
        }
    }

    /** The caller's side has room for answers. */
    void callerReady() {
        Attempt current = attempt;
        if (current != null) {
            askForAnswer(current);
        }
    }

    /** The caller has gone. */
    void cancel() {
        lock.lock();
        try {
            cancelled = true;
            Attempt current = attempt;
            if (current != null) {
                current.call.cancel("the caller has gone", null);
            }
        } finally {
            lock.unlock();
        }
    }

    /** There is nobody to ask. */
    private void refuse() {
        BackendFailure end = BackendFailure.of(Status.UNAVAILABLE, new Metadata(), backend.audience());
        callerSide.close(end.status(), end.trailers());
    }

    private void startWith(byte[] request, List<Backend.Target> targets) {
        lock.lock();
        try {
            if (cancelled) {
                return;
            }
            Attempt next = new Attempt(targets.getFirst(), request, targets.subList(1, targets.size()));
            start(next);
            next.call.sendMessage(request);
            next.call.halfClose();
        } finally {
            lock.unlock();
        }
    }

    private void start(Attempt next) {
        attempt = next;
        next.call.start(next, headers.apply(tokens.forward(caller, backend.audience())));
        next.call.request(1);
    }

    private void askForRequest() {
        if (requestsWait.compareAndSet(true, false)) {
            callerSide.request(1);
        }
    }

    private void askForAnswer(Attempt current) {
        if (answersWait.compareAndSet(true, false)) {
            current.call.request(1);
        }
    }

    /** One try at one target. */
    private final class Attempt extends ClientCall.Listener<byte[]> {
        private final Backend.Target target;
        private final byte @Nullable [] replayable;
        private final List<Backend.Target> others;
        private final ClientCall<byte[], byte[]> call;
        private boolean answered;

        /** @param replayable the only request, or null if the requests stream */
        Attempt(Backend.Target target, byte @Nullable [] replayable, List<Backend.Target> others) {
            this.target = target;
            this.replayable = replayable;
            this.others = others;
            // The channel's span becomes a child of the caller's.
            try (Scope ignored = trace.makeCurrent()) {
                this.call = target.channel().newCall(method, options);
            }
        }

        @Override
        public void onHeaders(Metadata received) {
            answered = true;
            callerSide.sendHeaders(received);
        }

        @Override
        public void onMessage(byte[] message) {
            callerSide.sendMessage(message);
            answersWait.set(true);
            if (callerSide.isReady()) {
                askForAnswer(this);
            }
        }

        @Override
        public void onReady() {
            askForRequest();
        }

        @Override
        public void onClose(Status status, Metadata trailers) {
            if (status.getCode() == Status.Code.UNAVAILABLE) {
                target.failed();
                if (replayable != null && !answered && !others.isEmpty() && !cancelled) {
                    log(status, "trying the next replica");
                    startWith(replayable, others);
                    return;
                }
            }
            if (BackendFailure.isFault(status) && !cancelled) {
                log(status, "the caller is told");
            }
            BackendFailure end = BackendFailure.of(status, trailers, backend.audience());
            callerSide.close(end.status(), end.trailers());
        }

        private void log(Status status, String consequence) {
            try (Scope ignored = trace.makeCurrent()) {
                LOG.warnf(
                        "%s of %s failed, %s: %s",
                        method.getFullMethodName(), backend.audience(), consequence, BackendFailure.describe(status));
            }
        }
    }
}
