package io.modelmill.registry.retention;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** How long is kept what somebody deleted or nobody names, and how often it is looked for. */
@ConfigMapping(prefix = "modelmill.retention")
public interface RetentionConfig {
    /** How long a deleted version of a model or data set can be undeleted. */
    @WithDefault("30d")
    Duration deletedVersions();

    /** How long an artifact that no version names is kept after it was uploaded or last asked for. */
    @WithDefault("24h")
    Duration unnamedArtifacts();

    /** How often to collect what is not kept any longer; zero for never. */
    @WithDefault("1h")
    Duration collectionInterval();
}
