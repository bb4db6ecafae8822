package io.modelmill.worker.assignment;

import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Channels to the services: kept alive, and retrying by gRPC's own rules what a service refused as unavailable. */
public final class ServiceChannels {
    /** A chunk may have 4 MiB, which is gRPC's own limit for a whole message. */
    private static final int LARGEST_MESSAGE = 8 << 20;

    private static final Map<String, Object> SERVICE_CONFIG = Map.of(
            "methodConfig",
            List.of(Map.of(
                    "name",
                    List.of(Map.of()),
                    "retryPolicy",
                    Map.of(
                            "maxAttempts",
                            5.0,
                            "initialBackoff",
                            "0.2s",
                            "maxBackoff",
                            "2s",
                            "backoffMultiplier",
                            2.0,
                            "retryableStatusCodes",
                            List.of("UNAVAILABLE")))));

    private ServiceChannels() {}

    /** Opens a channel; it connects at the first call. */
    public static ManagedChannel open(String target) {
        return Grpc.newChannelBuilder(target, InsecureChannelCredentials.create())
                .defaultServiceConfig(SERVICE_CONFIG)
                .enableRetry()
                .keepAliveTime(30, TimeUnit.SECONDS)
                .keepAliveTimeout(10, TimeUnit.SECONDS)
                .maxInboundMessageSize(LARGEST_MESSAGE)
                .build();
    }
}
