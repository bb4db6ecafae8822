package io.modelmill.inference.placement;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.Optional;

/** How this replica learns of models and loads them. */
@ConfigMapping(prefix = "modelmill.placement")
public interface PlacementConfig {
    /** Topic of the models' serving states. */
    @WithDefault("modelmill.model-versions.v1")
    String topic();

    /** Copies of each partition of the topic of events that cannot be used, which is made when the first comes. */
    @WithDefault("1")
    short deadLetterReplicationFactor();

    /** How often partitions of the topic are looked for: those that were added, and all while there is none yet. */
    @WithDefault("PT10S")
    Duration partitionRefresh();

    /**
     * How long the events may take to be read at start before the registry is asked instead, again and again after the
     * same pause; while it does not answer either, the replica takes what it knew when it last ran.
     */
    @WithDefault("PT10S")
    Duration fallbackAfter();

    /** How often the registry is asked for all states. */
    @WithDefault("PT60S")
    Duration reconcileInterval();

    /** Pause after a load's first failure; it doubles with each further one. */
    @WithDefault("PT1S")
    Duration retryBackoff();

    /** Longest pause after a failed load. */
    @WithDefault("PT5M")
    Duration retryBackoffLimit();

    /** Versions that are loaded at a time. */
    @WithDefault("2")
    int loadThreads();

    /** Calls that wait for one load at most; more are answered RESOURCE_EXHAUSTED. */
    @WithDefault("256")
    int waitingCallsPerLoad();

    /** Loads that wait for a load thread at most; calls that need one more are answered RESOURCE_EXHAUSTED. */
    @WithDefault("64")
    int waitingLoads();

    /**
     * Memory that loaded versions may take together. Default: half of what this process may use, which is its control
     * group's limit, else the machine's memory.
     */
    Optional<MemorySize> memoryBudget();

    /** How long this process must live with a version until that version's part in earlier deaths is forgotten. */
    @WithDefault("PT10M")
    Duration faultMemory();

    /** How long its use keeps a version from being unloaded for one that is called only once. */
    @WithDefault("PT10S")
    Duration protectedFor();
}
