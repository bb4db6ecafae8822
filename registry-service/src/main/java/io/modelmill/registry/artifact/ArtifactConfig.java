package io.modelmill.registry.artifact;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.time.Duration;

/** Where files are kept. */
@ConfigMapping(prefix = "modelmill.artifacts")
public interface ArtifactConfig {
    /** Folder of all files; all replicas share it. Made when it is missing. */
    Path directory();

    /** Largest file that an upload may bring. */
    @WithDefault("16G")
    MemorySize largestSize();

    /** How long an upload of many calls is kept after its last chunk. */
    @WithDefault("24h")
    Duration uploadExpiry();

    /** How often to look for uploads that have expired, to remove them. */
    @WithDefault("10m")
    Duration uploadSweepInterval();
}
