package io.modelmill.inference.protocol;

import io.opentelemetry.context.Context;

/** The trace of a call, which the call's gRPC context carries if it is recorded. */
public final class CallTrace {
    private static final io.grpc.Context.Key<Context> CURRENT =
            io.grpc.Context.keyWithDefault("call-trace", Context.root());

    private CallTrace() {}

    /** With the span of the current gRPC context's call; without any if the call is not recorded. */
    static Context current() {
        return CURRENT.get();
    }

    /** The gRPC context with the trace in it. */
    public static io.grpc.Context in(io.grpc.Context context, Context trace) {
        return context.withValue(CURRENT, trace);
    }
}
