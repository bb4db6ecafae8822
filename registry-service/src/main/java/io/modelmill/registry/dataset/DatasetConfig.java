package io.modelmill.registry.dataset;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;

/** Bounds of reading data sets. */
@ConfigMapping(prefix = "modelmill.datasets")
public interface DatasetConfig {
    /** Largest CSV text, after gzip. */
    @WithDefault("8G")
    MemorySize largestText();

    /** How many files one replica reads at a time; others wait. */
    @WithDefault("2")
    int concurrency();
}
