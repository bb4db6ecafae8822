package io.modelmill.inference.protocol;

import com.google.protobuf.MessageLite;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.modelmill.servicekit.error.ServiceException;

/**
 * Serves a unary method whose requests stay in the transport's buffers. It runs on the event loop; so does the method, which
 * must not block.
 */
final class WireCallHandler<Q extends MessageLite, A extends MessageLite>
        implements ServerCallHandler<WireMessage<Q>, A> {
    private final Admission admission;
    private final Method<Q, A> method;

    WireCallHandler(Admission admission, Method<Q, A> method) {
        this.admission = admission;
        this.method = method;
    }

    @Override
    public ServerCall.Listener<WireMessage<Q>> startCall(ServerCall<WireMessage<Q>, A> call, Metadata headers) {
        AdmittedCall counted = AdmittedCall.current();
        AdmittedCall admitted = counted == null ? new AdmittedCall(admission) : counted;
        WireCall<Q, A> started = new WireCall<>(call, admitted, method);
        try {
            admitted.enter(started::fail);
        } catch (ServiceException refused) {
            started.fail(refused);
            return started;
        }
        // One more than there may be, to notice it.
        call.request(2);
        return started;
    }

    /** What answers a request. */
    @FunctionalInterface
    interface Method<Q extends MessageLite, A extends MessageLite> {
        /**
         * Begins to answer; the answer may come later, from any thread.
         *
         * @param request closed by the method, whatever happens; also if this throws
         */
        void answer(WireMessage<Q> request, WireCall<Q, A> call);
    }
}
