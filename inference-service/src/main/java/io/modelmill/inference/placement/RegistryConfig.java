package io.modelmill.inference.placement;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** How the registry is reached. */
@ConfigMapping(prefix = "modelmill.registry")
public interface RegistryConfig {
    /** gRPC target, such as {@code 127.0.0.1:7411} or {@code dns:///registry:7411}. */
    String address();

    /** Deadline of one page of states. */
    @WithDefault("PT10S")
    Duration callTimeout();

    /** Deadline of one file's download. */
    @WithDefault("PT15M")
    Duration downloadTimeout();
}
