package io.modelmill.registry.version;

import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Carries the trace of the call that made a version over to its validation, which may run in another process. */
final class VersionTrace {
    private static final String TRACEPARENT = "traceparent";

    private static final TextMapGetter<Map<String, String>> FROM_MAP = new TextMapGetter<>() {
        @Override
        public Iterable<String> keys(Map<String, String> carrier) {
            return carrier.keySet();
        }

        @Override
        public @Nullable String get(@Nullable Map<String, String> carrier, String key) {
            return carrier == null ? null : carrier.get(key);
        }
    };

    private VersionTrace() {}

    /** The present trace as a {@code traceparent}; empty if there is none. */
    static Optional<String> current() {
        Map<String, String> headers = new HashMap<>();
        W3CTraceContextPropagator.getInstance().inject(Context.current(), headers, (carrier, key, value) -> {
            if (carrier != null) {
                carrier.put(key, value);
            }
        });
        return Optional.ofNullable(headers.get(TRACEPARENT));
    }

    /** The context that a {@code traceparent} names. */
    static Context parent(Optional<String> traceparent) {
        Map<String, String> headers = new HashMap<>();
        for (String value : traceparent.map(List::of).orElse(List.of())) {
            headers.put(TRACEPARENT, value);
        }
        return W3CTraceContextPropagator.getInstance().extract(Context.root(), headers, FROM_MAP);
    }
}
