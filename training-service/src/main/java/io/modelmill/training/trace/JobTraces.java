package io.modelmill.training.trace;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import io.opentelemetry.context.propagation.TextMapGetter;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Spans of work that goes on long after the call which asked for it, as children of that call. */
@ApplicationScoped
public class JobTraces {
    private static final String TRACEPARENT = "traceparent";
    private static final W3CTraceContextPropagator W3C = W3CTraceContextPropagator.getInstance();

    private final Tracer tracer;

    /** Spans go to this tracer. */
    public JobTraces(Tracer tracer) {
        this.tracer = tracer;
    }

    /** The current span as a W3C {@code traceparent}, if there is one. */
    public static Optional<String> current() {
        Map<String, String> carrier = new HashMap<>();
        W3C.inject(Context.current(), carrier, (into, key, value) -> {
            if (into != null) {
                into.put(key, value);
            }
        });
        return Optional.ofNullable(carrier.get(TRACEPARENT));
    }

    /** Does work as a span of the trace. */
    public <T> T span(String name, String job, Optional<String> traceparent, Supplier<T> work) {
        Span span = tracer.spanBuilder(name)
                .setParent(context(traceparent))
                .setAttribute("modelmill.training_job", job)
                .startSpan();
        try (Scope scope = span.makeCurrent()) {
            return work.get();
        } catch (RuntimeException | Error failure) {
            span.setStatus(StatusCode.ERROR, String.valueOf(failure.getMessage()));
            throw failure;
        } finally {
            span.end();
        }
    }

    /**
     * Does work in the job's trace: in the current span if that belongs to it, else as if called by the submission. So
     * that all events of a job carry its trace, also those that another caller brought about.
     */
    public static void inTraceOf(Optional<String> traceparent, Runnable work) {
        Context job = context(traceparent);
        String current = Span.current().getSpanContext().getTraceId();
        if (Span.fromContext(job).getSpanContext().getTraceId().equals(current)) {
            work.run();
            return;
        }
        try (Scope scope = job.makeCurrent()) {
            work.run();
        }
    }

    private static Context context(Optional<String> traceparent) {
        return W3C.extract(Context.root(), traceparent, new Getter());
    }

    private static final class Getter implements TextMapGetter<Optional<String>> {
        @Override
        public Iterable<String> keys(Optional<String> carrier) {
            return List.of(TRACEPARENT);
        }

        @Override
        public @Nullable String get(@Nullable Optional<String> carrier, String key) {
            return carrier != null && key.equals(TRACEPARENT) ? carrier.orElse(null) : null;
        }
    }
}
