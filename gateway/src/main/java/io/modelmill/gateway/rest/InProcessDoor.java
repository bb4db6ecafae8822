package io.modelmill.gateway.rest;

import io.grpc.BindableService;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.grpc.MetricCollectingServerInterceptor;
import io.modelmill.gateway.auth.CallerTokens;
import io.modelmill.servicekit.security.BearerToken;
import io.modelmill.servicekit.security.Caller;
import io.modelmill.servicekit.security.CallerTokenInterceptor;
import io.modelmill.servicekit.security.CallerTokenVerifier;
import io.modelmill.servicekit.security.SecurityConfig;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.Startup;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Any;
import jakarta.enterprise.inject.Instance;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * The gRPC services of this gateway, without a network, for callers whose key was verified by the HTTP door. A call
 * carries a token like any other call inside the fleet, so a request without a caller cannot pass.
 */
@Startup
@ApplicationScoped
class InProcessDoor {
    private final CallerTokens tokens;
    private final String audience;
    private final Server server;
    private final ManagedChannel channel;

    InProcessDoor(
            @Any Instance<BindableService> services,
            CallerTokens tokens,
            CallerTokenVerifier verifier,
            SecurityConfig security,
            MeterRegistry meters) {
        this.tokens = tokens;
        this.audience = security.audience();
        String name = InProcessServerBuilder.generateName();
        InProcessServerBuilder builder = InProcessServerBuilder.forName(name)
                // Nothing here blocks: services hand blocking work over by themselves.
                .directExecutor()
                .intercept(new CallerTokenInterceptor(verifier))
                // The last is the outermost.
                .intercept(new MetricCollectingServerInterceptor(meters));
        services.forEach(builder::addService);
        try {
            this.server = builder.build().start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        this.channel = InProcessChannelBuilder.forName(name).directExecutor().build();
    }

    /** Calls the services on behalf of a caller. */
    Channel as(Caller caller) {
        return ClientInterceptors.intercept(channel, BearerToken.sending(() -> tokens.forward(caller, audience)));
    }

    void close(@Observes ShutdownEvent event) {
        channel.shutdownNow();
        server.shutdownNow();
    }
}
