package io.modelmill.inference.protocol;

import io.grpc.InternalServer;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.quarkus.grpc.GlobalInterceptor;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The gRPC server that answers calls, to close it in time: Quarkus hands it out nowhere, and when it closes it itself it
 * takes the server's executor away first, so that calls in that moment fail as INTERNAL. Known from the first call on.
 */
@GlobalInterceptor
@ApplicationScoped
public class ServingServer implements ServerInterceptor {
    private volatile @Nullable Server server;

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        if (server == null) {
            server = InternalServer.SERVER_CONTEXT_KEY.get();
        }
        return next.startCall(call, headers);
    }

    /** Closes the listener and tells all connections to go away (GOAWAY). Calls in flight go on. */
    void shutdown() {
        Server known = server;
        if (known != null) {
            known.shutdown();
        }
    }

    /**
     * Waits until all connections are closed.
     *
     * @return false if the time was not enough
     */
    boolean awaitTermination(long nanos) throws InterruptedException {
        Server known = server;
        return known == null || known.awaitTermination(nanos, TimeUnit.NANOSECONDS);
    }

    /** Cuts off what is left. */
    void shutdownNow() {
        Server known = server;
        if (known != null) {
            known.shutdownNow();
        }
    }
}
