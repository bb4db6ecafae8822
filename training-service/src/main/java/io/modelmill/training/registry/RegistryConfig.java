package io.modelmill.training.registry;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** Where registry-service is. */
@ConfigMapping(prefix = "modelmill.registry")
public interface RegistryConfig {
    /** gRPC target, such as {@code 127.0.0.1:7411} or {@code dns:///registry:7411}; workers get it too. */
    String address();

    /** Longest time of one call. */
    @WithDefault("PT10S")
    Duration deadline();
}
