package io.modelmill.registry.validation;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** Bounds of the child processes that open uploaded models. */
@ConfigMapping(prefix = "modelmill.validation")
public interface ValidationConfig {
    /** How long a model may take to load and to run once. */
    @WithDefault("60s")
    Duration timeout();

    /** Java heap of the child process. The model itself lies outside of it. */
    @WithDefault("256M")
    MemorySize heap();

    /** Most memory that the child process may take, the model included; more ends it. */
    @WithDefault("8G")
    MemorySize memory();

    /** How many versions one replica validates at a time. Each takes a child process while there is work. */
    @WithDefault("1")
    int concurrency();

    /** How often to look for versions whose validation was cut off by the death of a replica. */
    @WithDefault("5s")
    Duration pollInterval();

    /** How many versions a child process looks at before a fresh one takes its place. */
    @WithDefault("50")
    int versionsPerProcess();

    /** How long a child process waits for the next version before it ends. */
    @WithDefault("60s")
    Duration idleTimeout();
}
