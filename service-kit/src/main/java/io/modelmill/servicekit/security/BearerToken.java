package io.modelmill.servicekit.security;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ForwardingClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import java.util.Optional;
import java.util.function.Supplier;

/** The {@code authorization: Bearer ...} header (RFC 6750) of gRPC calls. */
public final class BearerToken {
    /** The header's key. */
    public static final Metadata.Key<String> HEADER =
            Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

    private static final String SCHEME = "Bearer ";

    private BearerToken() {}

    /** The credential of a call, if it carries one of this scheme. */
    public static Optional<String> read(Metadata headers) {
        return Optional.ofNullable(headers.get(HEADER)).flatMap(BearerToken::read);
    }

    /** The credential of a header's value, if it is of this scheme. */
    public static Optional<String> read(String header) {
        return header.regionMatches(true, 0, SCHEME, 0, SCHEME.length())
                ? Optional.of(header.substring(SCHEME.length()).strip())
                : Optional.empty();
    }

    /** Puts the credential into the headers, replacing another. */
    public static void write(Metadata headers, String credential) {
        headers.discardAll(HEADER);
        headers.put(HEADER, SCHEME + credential);
    }

    /** Sends a credential with every call; the supplier is asked anew for each. */
    public static ClientInterceptor sending(Supplier<String> credential) {
        return new ClientInterceptor() {
            @Override
            public <Q, A> ClientCall<Q, A> interceptCall(
                    MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
                return new ForwardingClientCall.SimpleForwardingClientCall<>(next.newCall(method, options)) {
                    @Override
                    public void start(Listener<A> listener, Metadata headers) {
                        write(headers, credential.get());
                        super.start(listener, headers);
                    }
                };
            }
        };
    }
}
