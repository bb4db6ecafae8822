package io.modelmill.training.queue;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** How jobs take their turns. */
@ConfigMapping(prefix = "modelmill.queue")
public interface QueueConfig {
    /**
     * How long others may be started before a job whose turn has come and that does not fit; then only what fits beside it is
     * started.
     */
    @WithDefault("PT5M")
    Duration patience();
}
