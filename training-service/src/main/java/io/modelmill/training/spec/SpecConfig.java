package io.modelmill.training.spec;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;

/** Limits of a job. */
@ConfigMapping(prefix = "modelmill.spec")
public interface SpecConfig {
    /** Most weights and biases of a network; training needs about 16 bytes for each. */
    @WithDefault("100000000")
    long maxParameters();
}
