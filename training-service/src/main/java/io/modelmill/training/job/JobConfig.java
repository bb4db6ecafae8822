package io.modelmill.training.job;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** How jobs live. */
@ConfigMapping(prefix = "modelmill.job")
public interface JobConfig {
    /** How long a worker holds its job unless it renews. */
    @WithDefault("PT30S")
    Duration lease();

    /** Attempts that the platform may fail before the job does. */
    @WithDefault("3")
    int maxPlatformFailures();

    /** Wait before the attempt that follows the first failure; doubles with each further one. */
    @WithDefault("PT5S")
    Duration retryBackoff();

    /** Longest wait before another attempt. */
    @WithDefault("PT1M")
    Duration maxRetryBackoff();

    /** Time for a worker to stop by itself after a cancel. */
    @WithDefault("PT15S")
    Duration cancelGrace();

    /** How often a watched job is looked at, for what other replicas did. */
    @WithDefault("PT0.5S")
    Duration watchInterval();
}
