package io.modelmill.registry.retention;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** How long is kept what somebody deleted. */
@ConfigMapping(prefix = "modelmill.retention")
public interface RetentionConfig {
    /** How long a deleted version of a model or data set can be undeleted. */
    @WithDefault("30d")
    Duration deletedVersions();
}
