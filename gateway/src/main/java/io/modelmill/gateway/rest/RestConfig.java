package io.modelmill.gateway.rest;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;

/** What the HTTP door takes. */
@ConfigMapping(prefix = "modelmill.rest")
public interface RestConfig {
    /** Largest body of a prediction, in bytes. */
    @WithDefault("67108864")
    long maxPredictionBytes();

    /** Largest body of any other JSON request, in bytes. */
    @WithDefault("4194304")
    long maxJsonBytes();
}
