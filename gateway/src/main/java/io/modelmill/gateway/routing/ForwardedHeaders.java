package io.modelmill.gateway.routing;

import io.grpc.Metadata;
import io.modelmill.servicekit.security.BearerToken;
import java.util.List;

/**
 * The metadata of a forwarded call: known keys and the token. The caller's own credential and whatever else it sent stay
 * here; the trace context is added by the channel.
 */
final class ForwardedHeaders {
    private static final List<Metadata.Key<String>> KNOWN =
            List.of(Metadata.Key.of("x-request-id", Metadata.ASCII_STRING_MARSHALLER));

    private ForwardedHeaders() {}

    static Metadata of(Metadata received, String token) {
        Metadata headers = new Metadata();
        for (Metadata.Key<String> key : KNOWN) {
            String value = received.get(key);
            if (value != null) {
                headers.put(key, value);
            }
        }
        BearerToken.write(headers, token);
        return headers;
    }
}
