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

    /** How often a job gives its place to another at most; 0 is never. */
    @WithDefault("3")
    int maxPreemptions();

    /** How long a job runs before it is asked for its place. */
    @WithDefault("PT1M")
    Duration minRun();

    /** Time for a worker to reach a checkpoint and stop; then it is interrupted, and the job goes on from its last one. */
    @WithDefault("PT5M")
    Duration yieldGrace();
}
