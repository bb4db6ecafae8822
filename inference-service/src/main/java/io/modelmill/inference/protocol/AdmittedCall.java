package io.modelmill.inference.protocol;

import io.grpc.Context;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import io.modelmill.servicekit.error.ServiceException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What one call holds of the {@link Admission}. As the tracer of the call's stream it sees each byte as it arrives and knows
 * when the transport is through with the stream. It gives all back once the stream has ended and the messages that came over
 * it are closed; those that nobody has taken it closes itself.
 */
final class AdmittedCall extends ServerStreamTracer {
    private static final Context.Key<AdmittedCall> CURRENT = Context.key("admitted-call");

    private final Admission admission;
    private final List<WireMessage<?>> untaken = new ArrayList<>(1);
    private long inbound;
    private long outbound;
    private int openMessages;
    private boolean entered;
    private boolean streamEnded;
    private @Nullable ServiceException refusal;
    private @Nullable Consumer<ServiceException> onRefusal;

    AdmittedCall(Admission admission) {
        this.admission = admission;
    }

    /** That of the current gRPC context; null if the server was not given the {@link Admission}. */
    static @Nullable AdmittedCall current() {
        return CURRENT.get();
    }

    @Override
    public Context filterContext(Context context) {
        return context.withValue(CURRENT, this);
    }

    /**
     * Begins the call.
     *
     * @param refuse ends the call if its request exceeds the bounds while it arrives
     * @throws ServiceException if too many are in flight or the replica is going away
     */
    void enter(Consumer<ServiceException> refuse) {
        synchronized (this) {
            onRefusal = refuse;
            if (refusal == null) {
                if (!admission.enter()) {
                    throw admission.refusal();
                }
                entered = true;
                return;
            }
        }
        throw refusal;
    }

    /**
     * Begins a stream of requests, which take their places one by one.
     *
     * @param refuse ends the stream if its requests exceed the bounds while they arrive
     * @throws ServiceException if they have done so already
     */
    synchronized void open(Consumer<ServiceException> refuse) {
        if (refusal != null) {
            throw refusal;
        }
        onRefusal = refuse;
    }

    /** Bytes of the request, as they came over the wire. */
    @Override
    public void inboundWireSize(long count) {
        Consumer<ServiceException> refuse;
        ServiceException reason;
        synchronized (this) {
            if (refusal != null) {
                return;
            }
            if (admission.hasMemoryFor(this, count) && admission.take(count)) {
                inbound += count;
                return;
            }
            reason = refuse(count);
            refuse = onRefusal;
        }
        if (refuse != null) {
            refuse.accept(reason);
        }
    }

    /**
     * Memory that a request takes beyond its bytes on the wire.
     *
     * @param held by the message already
     * @throws ServiceException if there is too little; nothing was taken then
     */
    synchronized void expanding(long held, long count) {
        if (refusal != null) {
            throw refusal;
        }
        if (!admission.take(count)) {
            throw admission.tooManyBytes(held + inbound + count);
        }
    }

    /** The transport drops what it has of the request in a moment; others need not be refused for it meanwhile. */
    private ServiceException refuse(long count) {
        ServiceException reason = admission.tooManyBytes(inbound + count);
        refusal = reason;
        admission.giveBack(inbound);
        inbound = 0;
        admission.finished(this);
        return reason;
    }

    /**
     * Room for an answer.
     *
     * @throws ServiceException if there is too little
     */
    synchronized void answering(long count) {
        if (!admission.take(count)) {
            throw admission.tooManyBytes(count);
        }
        outbound += count;
    }

    /** The transport has next to nothing of a stream's answers any more. */
    synchronized void sent() {
        admission.giveBack(outbound);
        outbound = 0;
    }

    /**
     * A message has come over the stream.
     *
     * @return its bytes on the wire, which it gives back by {@link #consumed}
     */
    long received(WireMessage<?> message) {
        synchronized (this) {
            long bytes = inbound;
            inbound = 0;
            openMessages++;
            if (!streamEnded) {
                untaken.add(message);
            }
            return bytes;
        }
    }

    /** Whether the stream is over, so that nobody takes a message that comes now. */
    synchronized boolean hasEnded() {
        return streamEnded;
    }

    /** Someone will close the message; false if it was closed, because the stream has ended. */
    synchronized boolean take(WireMessage<?> message) {
        return untaken.remove(message);
    }

    /** A message of the stream is closed that held the bytes. */
    synchronized void consumed(long bytes) {
        openMessages--;
        admission.giveBack(bytes);
        leaveIfOver();
    }

    @Override
    public void streamClosed(Status status) {
        ended();
    }

    /** The transport holds nothing of the call any more. */
    void ended() {
        List<WireMessage<?>> forgotten;
        synchronized (this) {
            streamEnded = true;
            forgotten = List.copyOf(untaken);
            untaken.clear();
            admission.giveBack(outbound);
            outbound = 0;
            admission.giveBack(inbound);
            inbound = 0;
            leaveIfOver();
        }
        forgotten.forEach(WireMessage::close);
    }

    private void leaveIfOver() {
        if (streamEnded && openMessages == 0) {
            admission.finished(this);
        }
        if (streamEnded && openMessages == 0 && entered) {
            entered = false;
            admission.leave();
        }
    }
}
