package io.modelmill.inference.protocol;

import com.google.protobuf.MessageLite;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import io.grpc.StatusException;
import io.modelmill.inference.model.InferenceReason;
import io.modelmill.servicekit.error.ServiceException;
import io.modelmill.servicekit.error.StatusMapper;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** One unary call: takes its request, and gives its answer once. */
final class WireCall<Q extends MessageLite, A extends MessageLite> extends ServerCall.Listener<WireMessage<Q>>
        implements Reply<A> {
    private final ServerCall<WireMessage<Q>, A> call;
    private final AdmittedCall admitted;
    private final WireCallHandler.Method<Q, A> method;
    private final AtomicBoolean answered = new AtomicBoolean();
    private @Nullable WireMessage<Q> request;
    private boolean cancelled;
    private @Nullable Runnable onCancel;

    WireCall(ServerCall<WireMessage<Q>, A> call, AdmittedCall admitted, WireCallHandler.Method<Q, A> method) {
        this.call = call;
        this.admitted = admitted;
        this.method = method;
    }

    @Override
    public void onMessage(WireMessage<Q> message) {
        if (!message.take()) {
            return;
        }
        if (answered.get()) {
            message.close();
        } else if (request == null) {
            request = message;
        } else {
            message.close();
            dropRequest();
            fail(new ServiceException(InferenceReason.REQUEST_MALFORMED, "requests: 2 or more (expected: 1)"));
        }
    }

    @Override
    public void onHalfClose() {
        if (answered.get()) {
            dropRequest();
            return;
        }
        WireMessage<Q> taken = request;
        request = null;
        if (taken == null) {
            fail(new ServiceException(InferenceReason.REQUEST_MALFORMED, "requests: 0 (expected: 1)"));
            return;
        }
        try {
            method.answer(taken, this);
        } catch (RuntimeException failure) {
            taken.close();
            fail(failure);
        }
    }

    @Override
    public void onCancel() {
        Runnable action;
        synchronized (this) {
            cancelled = true;
            action = onCancel;
            onCancel = null;
        }
        dropRequest();
        admitted.ended();
        if (action != null) {
            action.run();
        }
    }

    @Override
    public void onComplete() {
        dropRequest();
        admitted.ended();
    }

    private void dropRequest() {
        if (request != null) {
            request.close();
            request = null;
        }
    }

    @Override
    public void onCancel(Runnable action) {
        synchronized (this) {
            if (!cancelled) {
                onCancel = action;
                return;
            }
        }
        action.run();
    }

    @Override
    public void send(A message) {
        admitted.answering(message.getSerializedSize());
        if (answered.compareAndSet(false, true)) {
            call.sendHeaders(new Metadata());
            call.sendMessage(message);
        }
    }

    @Override
    public void complete() {
        call.close(Status.OK, new Metadata());
    }

    @Override
    public void fail(Throwable failure) {
        StatusException status = StatusMapper.toStatus(failure);
        if (answered.compareAndSet(false, true)) {
            Metadata trailers = status.getTrailers();
            call.close(status.getStatus(), trailers == null ? new Metadata() : trailers);
        }
    }
}
