package io.modelmill.inference.server;

import io.grpc.Contexts;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.modelmill.inference.protocol.CallTrace;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.context.propagation.TextMapPropagator;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Records a span of each call whose trace is sampled, named and described as OpenTelemetry's conventions for RPC say. A
 * call that is not recorded, which is nearly every one, costs no more than asking the sampler.
 */
@Singleton
final class CallTracing implements ServerInterceptor {
    private static final AttributeKey<String> SYSTEM = AttributeKey.stringKey("rpc.system");
    private static final AttributeKey<String> SERVICE = AttributeKey.stringKey("rpc.service");
    private static final AttributeKey<String> METHOD = AttributeKey.stringKey("rpc.method");
    private static final AttributeKey<Long> STATUS = AttributeKey.longKey("rpc.grpc.status_code");

    /** Those that a server answers for; the others are the caller's own. */
    private static final Set<Status.Code> FAULTS = Set.of(
            Status.Code.UNKNOWN,
            Status.Code.DEADLINE_EXCEEDED,
            Status.Code.UNIMPLEMENTED,
            Status.Code.INTERNAL,
            Status.Code.UNAVAILABLE,
            Status.Code.DATA_LOSS);

    private final Tracer tracer;
    private final TextMapPropagator propagator;

    /** Headers that tell of a caller's trace. */
    private final List<Metadata.Key<String>> fields;

    @Inject
    CallTracing(OpenTelemetry telemetry, Tracer tracer) {
        this.tracer = tracer;
        this.propagator = telemetry.getPropagators().getTextMapPropagator();
        this.fields = propagator.fields().stream().map(CallTracing::key).toList();
    }

    private static Metadata.Key<String> key(String name) {
        return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        MethodDescriptor<Q, A> method = call.getMethodDescriptor();
        Context parent = parent(headers);
        Span span = tracer.spanBuilder(method.getFullMethodName())
                .setSpanKind(SpanKind.SERVER)
                .setParent(parent)
                .startSpan();
        if (!span.isRecording()) {
            return next.startCall(call, headers);
        }
        span.setAttribute(SYSTEM, "grpc")
                .setAttribute(SERVICE, method.getServiceName())
                .setAttribute(METHOD, method.getBareMethodName());
        Context trace = parent.with(span);
        try (Scope _ = trace.makeCurrent()) {
            return new TracedListener<>(
                    Contexts.interceptCall(
                            CallTrace.in(io.grpc.Context.current(), trace),
                            new TracedCall<>(call, span),
                            headers,
                            next),
                    span,
                    trace);
        }
    }

    private Context parent(Metadata headers) {
        for (Metadata.Key<String> field : fields) {
            if (headers.containsKey(field)) {
                return propagator.extract(Context.root(), headers, Headers.INSTANCE);
            }
        }
        return Context.root();
    }

    private static void end(Span span, Status status) {
        span.setAttribute(STATUS, status.getCode().value());
        if (FAULTS.contains(status.getCode())) {
            span.setStatus(StatusCode.ERROR);
        }
        span.end();
    }

    private static final class TracedCall<Q, A> extends SimpleForwardingServerCall<Q, A> {
        private final Span span;

        TracedCall(ServerCall<Q, A> call, Span span) {
            super(call);
            this.span = span;
        }

        @Override
        public void close(Status status, Metadata trailers) {
            super.close(status, trailers);
            end(span, status);
        }
    }

    /** Does the call's work inside its trace. */
    private static final class TracedListener<Q> extends SimpleForwardingServerCallListener<Q> {
        private final Span span;
        private final Context trace;

        TracedListener(ServerCall.Listener<Q> listener, Span span, Context trace) {
            super(listener);
            this.span = span;
            this.trace = trace;
        }

        @Override
        public void onMessage(Q message) {
            try (Scope _ = trace.makeCurrent()) {
                super.onMessage(message);
            }
        }

        @Override
        public void onHalfClose() {
            try (Scope _ = trace.makeCurrent()) {
                super.onHalfClose();
            }
        }

        @Override
        public void onCancel() {
            try (Scope _ = trace.makeCurrent()) {
                super.onCancel();
            } finally {
                end(span, Status.CANCELLED);
            }
        }
    }

    private enum Headers implements TextMapGetter<Metadata> {
        INSTANCE;

        @Override
        public Iterable<String> keys(Metadata headers) {
            return headers.keys();
        }

        @Override
        public @Nullable String get(@Nullable Metadata headers, String key) {
            return headers == null ? null : headers.get(key(key));
        }
    }
}
