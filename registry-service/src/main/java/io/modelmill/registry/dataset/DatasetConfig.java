package io.modelmill.registry.dataset;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;

/** Bounds of reading data sets. */
@ConfigMapping(prefix = "modelmill.datasets")
public interface DatasetConfig {
    /** Most bytes that all files of a version hold together once they are unpacked. */
    @WithDefault("8G")
    MemorySize largestContent();

    /** How many versions one replica reads at a time; others wait. */
    @WithDefault("2")
    int concurrency();
}
