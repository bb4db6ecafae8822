package io.modelmill.inference.batching;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.util.Map;

/** How requests wait for runs. */
@ConfigMapping(prefix = "modelmill.batching")
public interface BatchingConfig {
    /** Predictions that wait for a run at most; more are answered RESOURCE_EXHAUSTED. */
    @WithDefault("1024")
    int queueCapacity();

    /** Rows of predictions that wait for a run at most. */
    @WithDefault("65536")
    long queueRows();

    /** Shares of the run threads by tenant; 1 for who is not named. */
    Map<String, Double> tenantWeights();
}
