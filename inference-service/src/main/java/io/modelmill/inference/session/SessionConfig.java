package io.modelmill.inference.session;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.util.OptionalInt;

/** How graphs run. */
@ConfigMapping(prefix = "modelmill.session")
public interface SessionConfig {
    /** {@code cpu} or {@code cuda}. */
    @WithDefault("cpu")
    Device device();

    /** Threads inside one run. One is best under load, for runs go side by side. */
    @WithDefault("1")
    int intraOpThreads();

    /** Runs at a time. Default: the processors on a CPU, 1 on CUDA. */
    OptionalInt runThreads();
}
