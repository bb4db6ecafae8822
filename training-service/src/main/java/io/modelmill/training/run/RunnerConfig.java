package io.modelmill.training.run;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;

/** Where workers run. */
@ConfigMapping(prefix = "modelmill.runner")
public interface RunnerConfig {
    /** {@code local}: as child processes; {@code kubernetes}: as Jobs of a cluster. */
    @WithDefault("local")
    Type type();

    /** The runners there are. */
    enum Type {
        /** Child processes. */
        LOCAL,
        /** Jobs of a Kubernetes cluster. */
        KUBERNETES
    }
}
