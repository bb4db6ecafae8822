package io.modelmill.training.registry;

import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.concurrent.TimeUnit;

/** The one connection to registry-service. */
@ApplicationScoped
class RegistryChannel {
    private static final int LARGEST_MESSAGE = 64 << 20;

    private final ManagedChannel channel;

    RegistryChannel(RegistryConfig config) {
        this.channel = ManagedChannelBuilder.forTarget(config.address())
                .usePlaintext()
                .keepAliveTime(30, TimeUnit.SECONDS)
                .maxInboundMessageSize(LARGEST_MESSAGE)
                .build();
    }

    ManagedChannel channel() {
        return channel;
    }

    @PreDestroy
    void close() {
        channel.shutdownNow();
    }
}
