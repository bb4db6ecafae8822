package io.modelmill.inference.server;

import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.modelmill.inference.protocol.Admission;
import io.modelmill.inference.protocol.GrpcApi;
import io.modelmill.inference.protocol.TransportMemory;
import io.modelmill.inference.repository.StandaloneCallerInterceptor;
import io.modelmill.servicekit.security.CallerTokenInterceptor;
import io.quarkus.arc.All;
import io.quarkus.grpc.GlobalInterceptor;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.PreDestroy;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.interceptor.Interceptor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * The gRPC server that answers calls: grpc-java's own on Netty, without an executor, so that a request is read, checked and
 * queued by the thread that received it (ADR 12).
 */
@Singleton
public final class ServingServer {
    private static final Logger LOG = Logger.getLogger(ServingServer.class);

    private final EventLoops eventLoops;
    private final InetSocketAddress address;
    private final Server server;

    @Inject
    ServingServer(
            ServerSettings settings,
            ServerConfig config,
            TransportMemory memory,
            Admission admission,
            CallTracing tracing,
            StandaloneCallerInterceptor standalone,
            @GlobalInterceptor CallerTokenInterceptor tokens,
            @All List<GrpcApi> apis) {
        this.eventLoops = EventLoops.of(config);
        this.address = new InetSocketAddress(settings.host(), settings.port());
        NettyServerBuilder builder = NettyServerBuilder.forAddress(address)
                .directExecutor()
                .maxInboundMessageSize(settings.maxInboundMessageSize())
                .permitKeepAliveTime(settings.permitKeepAliveTime().toNanos(), TimeUnit.NANOSECONDS)
                .addStreamTracerFactory(admission)
                // The last one sees a call first.
                .intercept(tokens)
                .intercept(standalone)
                .intercept(tracing);
        eventLoops.useFor(builder);
        memory.useFor(builder);
        settings.certificate().ifPresent(certificate -> certificate.useFor(builder));
        apis.forEach(api -> builder.addService(api.definition()));
        this.server = builder.build();
    }

    /** After all that a call needs has begun to start. A port that is taken ends the application. */
    void start(@Observes @Priority(Interceptor.Priority.PLATFORM_AFTER) StartupEvent event) throws IOException {
        try {
            server.start();
        } catch (IOException e) {
            throw new IOException("gRPC on " + address + ": cannot listen there (" + e.getMessage() + ")", e);
        }
        LOG.infof("gRPC on %s", server.getListenSockets());
    }

    /** Where it listens. */
    public int port() {
        return server.getPort();
    }

    /** Closes the listener and tells all connections to go away (GOAWAY). Calls in flight go on. */
    void shutdown() {
        server.shutdown();
    }

    /**
     * Waits until all connections are closed.
     *
     * @return false if the time was not enough
     */
    boolean awaitTermination(long nanos) throws InterruptedException {
        return server.awaitTermination(nanos, TimeUnit.NANOSECONDS);
    }

    /** Cuts off what is left. */
    void shutdownNow() {
        server.shutdownNow();
    }

    @PreDestroy
    void close() {
        server.shutdownNow();
        eventLoops.close();
    }
}
