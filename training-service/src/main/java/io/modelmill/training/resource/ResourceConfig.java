package io.modelmill.training.resource;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import io.smallrye.config.WithName;
import java.util.List;
import java.util.Map;

/** Sizes of workers that tenants choose from. */
@ConfigMapping(prefix = "modelmill.resources")
public interface ResourceConfig {
    /** Names of the classes that are offered. */
    @WithDefault("small,medium,large")
    List<String> offered();

    /** What each class is. */
    @WithName("class")
    Map<String, Size> classes();

    /** What a worker of a class may use. */
    interface Size {
        /** Processor cores; a machine with fewer gives all it has. */
        int cores();

        /** Memory of the whole worker. A job that is reckoned to need more than the largest class is refused. */
        MemorySize memory();

        /** Whole GPUs. */
        @WithDefault("0")
        int gpus();
    }
}
