package io.modelmill.registry.rollout;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** How rollouts are told. */
@ConfigMapping(prefix = "modelmill.rollouts")
public interface RolloutConfig {
    /** A replica that reports nothing for this long is taken for gone; it reports three times as often. */
    @WithDefault("PT5S")
    Duration lease();

    /** How often the models of waiting calls are looked at, for what other replicas of this service were told. */
    @WithDefault("PT0.1S")
    Duration lookInterval();

    /** Calls that wait for a rollout at most; more are answered RESOURCE_EXHAUSTED. */
    @WithDefault("1000")
    int maxWaits();
}
