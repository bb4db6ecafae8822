package io.modelmill.training.spec;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;

/** Limits of a job, which is refused at its submission if it is reckoned to need more. */
@ConfigMapping(prefix = "modelmill.spec")
public interface SpecConfig {
    /** Most weights and biases of a network. */
    @WithDefault("100000000")
    long maxParameters();

    /** Most disk of a worker. */
    @WithDefault("200G")
    MemorySize maxDisk();
}
