package io.modelmill.worker.assignment;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ForwardingClientCall;
import io.grpc.ForwardingClientCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.modelmill.worker.process.ExitCode;
import io.modelmill.worker.process.ProcessExit;

/** Ends the process as soon as training-service answers any call with ABORTED: the attempt is over. */
public final class FencingInterceptor implements ClientInterceptor {
    private final ProcessExit exit;

    public FencingInterceptor(ProcessExit exit) {
        this.exit = exit;
    }

    @Override
    public <Q, A> ClientCall<Q, A> interceptCall(MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
        return new ForwardingClientCall.SimpleForwardingClientCall<>(next.newCall(method, options)) {
            @Override
            public void start(Listener<A> listener, Metadata headers) {
                super.start(
                        new ForwardingClientCallListener.SimpleForwardingClientCallListener<>(listener) {
                            @Override
                            public void onClose(Status status, Metadata trailers) {
                                if (status.getCode() == Status.Code.ABORTED) {
                                    exit.now(
                                            ExitCode.FENCED,
                                            method.getBareMethodName() + " answered ABORTED: "
                                                    + status.getDescription());
                                }
                                super.onClose(status, trailers);
                            }
                        },
                        headers);
            }
        };
    }
}
