package io.modelmill.inference.server;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** How this replica goes. */
@ConfigMapping(prefix = "modelmill.drain")
public interface DrainConfig {
    /** How long it goes on answering after it said that it is not ready, so that callers find another replica. */
    @WithDefault("PT0S")
    Duration pause();

    /** Longest time for predictions in flight to end after that. */
    @WithDefault("PT30S")
    Duration limit();
}
