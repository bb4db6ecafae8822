package io.modelmill.registry.publishing;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;

/** How the topic of model versions is made, if it is missing. */
@ConfigMapping(prefix = "modelmill.model-versions-topic")
public interface TopicConfig {
    /** Number of partitions. */
    @WithDefault("6")
    int partitions();

    /** Copies of each partition; 3 where the broker has as many nodes. */
    @WithDefault("1")
    short replicationFactor();
}
