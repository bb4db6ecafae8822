package io.modelmill.gateway.routing;

import io.grpc.CallOptions;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.modelmill.gateway.auth.CallerTokens;
import io.modelmill.servicekit.security.Caller;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Forwards the calls of one method. */
final class CallForwarder implements ServerCallHandler<byte[], byte[]> {
    private final MethodDescriptor<byte[], byte[]> method;
    private final Backend backend;
    private final CallerTokens tokens;
    private final Duration defaultDeadline;

    CallForwarder(
            MethodDescriptor<byte[], byte[]> method, Backend backend, CallerTokens tokens, Duration defaultDeadline) {
        this.method = method;
        this.backend = backend;
        this.tokens = tokens;
        this.defaultDeadline = defaultDeadline;
    }

    @Override
    public ServerCall.Listener<byte[]> startCall(ServerCall<byte[], byte[]> call, Metadata headers) {
        ForwardedCall forwarded = new ForwardedCall(
                method,
                backend,
                Caller.current(),
                call,
                options(),
                token -> ForwardedHeaders.of(headers, token),
                tokens);
        return method.getType().clientSendsOneMessage()
                ? new SingleRequestListener(call, forwarded)
                : new StreamedRequestListener(call, forwarded);
    }

    /** The caller's deadline, or ours for a method of one request and one answer: how long a stream takes, its sender decides. */
    private CallOptions options() {
        Deadline deadline = Context.current().getDeadline();
        if (deadline == null && method.getType() == MethodDescriptor.MethodType.UNARY) {
            deadline = Deadline.after(defaultDeadline.toMillis(), TimeUnit.MILLISECONDS);
        }
        return CallOptions.DEFAULT.withDeadline(deadline);
    }
}
