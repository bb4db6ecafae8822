package io.modelmill.gateway.routing;

import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.quarkus.opentelemetry.runtime.tracing.instrumentation.grpc.GrpcTracingClientInterceptor;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** The connections to the services, made once and closed with the gateway. */
@ApplicationScoped
class BackendChannels {
    static final String REGISTRY = "registry-service";
    static final String TRAINING = "training-service";

    private final BackendsConfig.Routing config;
    private final GrpcTracingClientInterceptor tracing;
    private final List<ManagedChannel> open = new CopyOnWriteArrayList<>();
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("backend-reconnect").factory());

    BackendChannels(BackendsConfig.Routing config, GrpcTracingClientInterceptor tracing) {
        this.config = config;
        this.tracing = tracing;
    }

    @Produces
    @Singleton
    @Named(REGISTRY)
    Backend registry(BackendsConfig.Registry registry) {
        return new SingleBackend(REGISTRY, traced(connect(registry.address())));
    }

    @Produces
    @Singleton
    @Named(TRAINING)
    Backend training(BackendsConfig.Training training) {
        return new SingleBackend(TRAINING, traced(connect(training.address())));
    }

    @Produces
    @Singleton
    InferenceBackend inference(BackendsConfig.Inference inference) {
        ReplicaDirectory directory = new ReplicaDirectory(inference.addresses(), BackendChannels::lookUp, address -> {
            ManagedChannel connection = connect(address);
            return new InferenceReplica(address, connection, traced(connection));
        });
        directory.refresh();
        return new InferenceBackend(directory);
    }

    private static List<String> lookUp(String host, int port) throws UnknownHostException {
        return Arrays.stream(InetAddress.getAllByName(host))
                .map(address -> address instanceof Inet6Address
                        ? "[" + address.getHostAddress() + "]:" + port
                        : address.getHostAddress() + ":" + port)
                .toList();
    }

    void start(@Observes StartupEvent event) {
        long millis = config.reconnectInterval().toMillis();
        var unused = timer.scheduleWithFixedDelay(this::reconnect, millis, millis, TimeUnit.MILLISECONDS);
    }

    private void reconnect() {
        open.removeIf(ManagedChannel::isTerminated);
        for (ManagedChannel channel : open) {
            if (channel.getState(false) == ConnectivityState.TRANSIENT_FAILURE) {
                channel.resetConnectBackoff();
            }
        }
    }

    void close(@Observes ShutdownEvent event) throws InterruptedException {
        timer.shutdownNow();
        open.forEach(ManagedChannel::shutdown);
        for (ManagedChannel channel : open) {
            if (!channel.awaitTermination(1, TimeUnit.SECONDS)) {
                channel.shutdownNow();
            }
        }
    }

    private Channel traced(Channel channel) {
        return ClientInterceptors.intercept(channel, tracing);
    }

    private ManagedChannel connect(String target) {
        ManagedChannel channel = ManagedChannelBuilder.forTarget(target)
                .usePlaintext()
                .defaultLoadBalancingPolicy("round_robin")
                // What forwards never blocks, so it runs on the connection's own threads.
                .directExecutor()
                .maxInboundMessageSize(config.maxMessageBytes())
                .keepAliveTime(config.keepAliveTime().toMillis(), TimeUnit.MILLISECONDS)
                .build();
        open.add(channel);
        return channel;
    }
}
