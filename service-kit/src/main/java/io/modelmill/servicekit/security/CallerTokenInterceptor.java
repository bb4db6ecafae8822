package io.modelmill.servicekit.security;

import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.StatusException;
import io.modelmill.servicekit.error.CommonReason;
import io.modelmill.servicekit.error.ServiceException;
import io.modelmill.servicekit.error.StatusMapper;
import io.quarkus.grpc.GlobalInterceptor;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.spi.Prioritized;

/**
 * Refuses every call without a valid token and puts the {@link Caller} into the call's context. Only grpc.health is open.
 * A service that takes other credentials, as the gateway does, verifies them in an interceptor of higher priority: a
 * caller that is known already passes.
 */
@GlobalInterceptor
@ApplicationScoped
public class CallerTokenInterceptor implements ServerInterceptor, Prioritized {
    private final CallerTokenVerifier verifier;

    public CallerTokenInterceptor(CallerTokenVerifier verifier) {
        this.verifier = verifier;
    }

    /** Below the interceptors for traces and metrics, so that refused calls are seen there too. */
    @Override
    public int getPriority() {
        return -20;
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        if (Caller.known().isPresent()
                || "grpc.health.v1.Health".equals(call.getMethodDescriptor().getServiceName())) {
            return next.startCall(call, headers);
        }
        Caller caller;
        try {
            caller = verifier.verify(BearerToken.read(headers)
                    .orElseThrow(() -> new ServiceException(
                            CommonReason.CREDENTIAL_INVALID, "authorization: missing (expected: Bearer TOKEN)")));
        } catch (ServiceException refused) {
            StatusException status = StatusMapper.toStatus(refused);
            Metadata trailers = status.getTrailers();
            call.close(status.getStatus(), trailers == null ? new Metadata() : trailers);
            return new ServerCall.Listener<>() {};
        }
        return Contexts.interceptCall(caller.in(Context.current()), call, headers, next);
    }
}
