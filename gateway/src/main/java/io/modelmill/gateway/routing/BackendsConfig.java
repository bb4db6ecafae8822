package io.modelmill.gateway.routing;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.List;

/** The services behind the gateway. Addresses are gRPC targets, such as {@code dns:///registry:7411}. */
final class BackendsConfig {
    private BackendsConfig() {}

    /** Where registry-service is. */
    @ConfigMapping(prefix = "modelmill.registry")
    interface Registry {
        /** gRPC target of registry-service. */
        @WithDefault("127.0.0.1:7411")
        String address();
    }

    /** Where training-service is. */
    @ConfigMapping(prefix = "modelmill.training")
    interface Training {
        /** gRPC target of training-service. */
        @WithDefault("127.0.0.1:7421")
        String address();
    }

    /** Where the replicas of inference-service are. */
    @ConfigMapping(prefix = "modelmill.inference")
    interface Inference {
        /** One target for each replica, or {@code dns:///name:port}, which stands for all addresses of the name. */
        @WithDefault("127.0.0.1:7431")
        List<String> addresses();

        /** Time between two looks at whether a replica is ready. */
        @WithDefault("1s")
        Duration probeInterval();

        /** A replica that takes longer to say that it is ready is not. */
        @WithDefault("1s")
        Duration probeTimeout();
    }

    /** How calls are forwarded. */
    @ConfigMapping(prefix = "modelmill.routing")
    interface Routing {
        /** Deadline of calls with one request and one answer whose caller set none. Streams have none. */
        @WithDefault("2m")
        Duration defaultDeadline();

        /** Largest message that is taken from a backend, in bytes; callers' own are limited by the gRPC server. */
        @WithDefault("68157440")
        int maxMessageBytes();

        /** Time without traffic after which a backend's connection is tried. */
        @WithDefault("20s")
        Duration keepAliveTime();

        /** Time between two tries to reach a service that is away; gRPC's own would grow to two minutes. */
        @WithDefault("1s")
        Duration reconnectInterval();
    }
}
