package io.modelmill.inference.placement;

import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.micrometer.core.instrument.MeterRegistry;
import io.modelmill.inference.batching.RunScheduler;
import io.modelmill.inference.pipeline.TextPipelines;
import io.modelmill.inference.rollout.ReplicaConfig;
import io.modelmill.inference.rollout.ReplicaName;
import io.modelmill.inference.rollout.RolloutReports;
import io.modelmill.inference.session.Sessions;
import io.modelmill.servicekit.kafka.KafkaSettings;
import io.modelmill.servicekit.security.BearerToken;
import io.modelmill.servicekit.security.Caller;
import io.modelmill.servicekit.security.CallerTokenSigner;
import io.modelmill.servicekit.security.RenewedToken;
import io.opentelemetry.api.trace.Tracer;
import io.quarkus.opentelemetry.runtime.tracing.instrumentation.grpc.GrpcTracingClientInterceptor;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.enterprise.inject.Typed;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.eclipse.microprofile.config.Config;

/** Puts this process's replica together and starts it with the application. */
@ApplicationScoped
class ReplicaBeans {
    private static final String SELF = "inference-service";
    private static final Duration TOKEN_LIFETIME = Duration.ofMinutes(10);
    private static final long KEEP_ALIVE_SECONDS = 20;

    @Produces
    @Singleton
    ManagedChannel registryChannel(
            RegistryConfig config, CallerTokenSigner signer, GrpcTracingClientInterceptor tracing) {
        RenewedToken token =
                new RenewedToken(signer, Caller.service(SELF), List.of("registry-service"), TOKEN_LIFETIME);
        return ManagedChannelBuilder.forTarget(config.address())
                .usePlaintext()
                .keepAliveTime(KEEP_ALIVE_SECONDS, TimeUnit.SECONDS)
                .intercept(tracing, BearerToken.sending(token))
                .build();
    }

    void closeChannel(@Disposes ManagedChannel channel) {
        channel.shutdownNow();
    }

    @Produces
    @Singleton
    Registry registry(ManagedChannel registryChannel, RegistryConfig config) {
        return new RegistryClient(registryChannel, config);
    }

    /** Made only where it is the chosen source: with a folder in its place nothing here connects to anything. */
    @Produces
    @Singleton
    @Typed(EventsAndRegistry.class)
    EventsAndRegistry events(
            PlacementConfig config,
            Config settings,
            CacheConfig cache,
            Registry registry,
            ReplicaConfig replica,
            ManagedChannel registryChannel) {
        return new EventsAndRegistry(
                config,
                KafkaSettings.of(settings),
                cache.directory(),
                registry,
                new RolloutReports(ReplicaName.of(replica.name()), registryChannel));
    }

    @Produces
    @Singleton
    Replica replica(
            PlacementConfig config,
            ModelSource source,
            Sessions sessions,
            RunScheduler scheduler,
            TextPipelines pipelines,
            MeterRegistry meters,
            Tracer tracer) {
        return new Replica(config, source, sessions, scheduler, pipelines, meters, tracer);
    }

    void closeReplica(@Disposes Replica replica) {
        replica.close();
    }

    void start(@Observes StartupEvent event, Replica replica) {
        replica.start();
    }
}
