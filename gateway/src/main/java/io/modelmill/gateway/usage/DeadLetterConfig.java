package io.modelmill.gateway.usage;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;

/** The topic of events that cannot be used, made when the first comes. */
@ConfigMapping(prefix = "modelmill.dead-letter-topic")
interface DeadLetterConfig {
    /** Copies of each partition of a new topic. */
    @WithDefault("1")
    short replicationFactor();
}
