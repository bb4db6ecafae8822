package io.modelmill.gateway.auth;

import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.StatusException;
import io.modelmill.servicekit.error.ServiceException;
import io.modelmill.servicekit.error.StatusMapper;
import io.modelmill.servicekit.security.BearerToken;
import io.modelmill.servicekit.security.Caller;
import io.quarkus.grpc.GlobalInterceptor;
import io.quarkus.virtual.threads.VirtualThreads;
import io.vertx.core.Vertx;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.spi.Prioritized;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;

/**
 * Refuses every gRPC call without a valid API key and puts the {@link Caller} into the call's context. Only grpc.health
 * is open. A key that is remembered costs no change of thread; another is looked up on a virtual thread while the call
 * waits.
 */
@GlobalInterceptor
@ApplicationScoped
class ApiKeyInterceptor implements ServerInterceptor, Prioritized {
    private static final Metadata.Key<String> API_KEY =
            Metadata.Key.of(PresentedCredential.API_KEY_HEADER, Metadata.ASCII_STRING_MARSHALLER);

    private final ApiKeyVerifier verifier;
    private final ExecutorService virtualThreads;

    ApiKeyInterceptor(ApiKeyVerifier verifier, @VirtualThreads ExecutorService virtualThreads) {
        this.verifier = verifier;
        this.virtualThreads = virtualThreads;
    }

    /**
     * Below the interceptors for traces and metrics, so that refused calls are seen there too; above the one that takes
     * tokens, which lets pass whom this one knows.
     */
    @Override
    public int getPriority() {
        return -10;
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        if ("grpc.health.v1.Health".equals(call.getMethodDescriptor().getServiceName())) {
            return next.startCall(call, headers);
        }
        Context context = Context.current();
        try {
            String credential = PresentedCredential.of(headers.get(BearerToken.HEADER), headers.get(API_KEY));
            Optional<Caller> known = verifier.recall(credential);
            return known.isPresent()
                    ? Contexts.interceptCall(known.get().in(context), call, headers, next)
                    : lookUp(credential, context, call, headers, next);
        } catch (ServiceException refused) {
            close(call, refused);
            return new ServerCall.Listener<>() {};
        }
    }

    private <Q, A> ServerCall.Listener<Q> lookUp(
            String credential, Context context, ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        WaitingListener<Q> waiting = new WaitingListener<>();
        // Listeners are called on the call's own event-loop context alone: there the call goes on too.
        io.vertx.core.Context eventLoop = Objects.requireNonNull(Vertx.currentContext(), "not on an event loop");
        try {
            virtualThreads.execute(() -> {
                Runnable goOn;
                try {
                    Caller caller = verifier.verify(credential);
                    goOn = () -> waiting.resume(Contexts.interceptCall(caller.in(context), call, headers, next));
                } catch (ServiceException refused) {
                    goOn = () -> close(call, refused);
                }
                Runnable then = goOn;
                eventLoop.runOnContext(ignored -> then.run());
            });
        } catch (RejectedExecutionException stopping) {
            close(call, stopping);
        }
        return waiting;
    }

    private static void close(ServerCall<?, ?> call, Exception refused) {
        StatusException status = StatusMapper.toStatus(refused);
        Metadata trailers = status.getTrailers();
        call.close(status.getStatus(), trailers == null ? new Metadata() : trailers);
    }
}
