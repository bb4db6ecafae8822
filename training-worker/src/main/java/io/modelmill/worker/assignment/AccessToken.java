package io.modelmill.worker.assignment;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ForwardingClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import java.util.Optional;

/** The worker's credential, which each lease renews, and the headers of every call that it makes. */
public final class AccessToken {
    private static final Metadata.Key<String> AUTHORIZATION =
            Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
    private static final Metadata.Key<String> TRACE_PARENT =
            Metadata.Key.of("traceparent", Metadata.ASCII_STRING_MARSHALLER);

    private volatile String current;

    public AccessToken(String first) {
        this.current = first;
    }

    void renew(String newer) {
        if (!newer.isEmpty()) {
            current = newer;
        }
    }

    /** Sends the newest token, and the job's trace context, with every call. */
    public ClientInterceptor headers(Optional<String> traceParent) {
        return new ClientInterceptor() {
            @Override
            public <Q, A> ClientCall<Q, A> interceptCall(
                    MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
                return new ForwardingClientCall.SimpleForwardingClientCall<>(next.newCall(method, options)) {
                    @Override
                    public void start(Listener<A> listener, Metadata headers) {
                        headers.put(AUTHORIZATION, "Bearer " + current);
                        traceParent.ifPresent(value -> headers.put(TRACE_PARENT, value));
                        super.start(listener, headers);
                    }
                };
            }
        };
    }

    /** Not the token. */
    @Override
    public String toString() {
        return "AccessToken";
    }
}
