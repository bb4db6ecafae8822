package io.modelmill.training.events;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;

/** The topic of training events, made at start if it is missing. */
@ConfigMapping(prefix = "modelmill.training-events-topic")
public interface EventsConfig {
    /** Partitions of a new topic. */
    @WithDefault("6")
    int partitions();

    /** Copies of each partition of a new topic. */
    @WithDefault("1")
    short replicationFactor();
}
