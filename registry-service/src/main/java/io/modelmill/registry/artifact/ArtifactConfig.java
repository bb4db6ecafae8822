package io.modelmill.registry.artifact;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;

/** Where files are kept. */
@ConfigMapping(prefix = "modelmill.artifacts")
public interface ArtifactConfig {
    /** Folder of all files; all replicas share it. Made when it is missing. */
    Path directory();

    /** Largest file that an upload may bring. */
    @WithDefault("16G")
    MemorySize largestSize();
}
