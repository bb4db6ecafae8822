package io.modelmill.inference.placement;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;

/** Where files of models are kept. */
@ConfigMapping(prefix = "modelmill.cache")
public interface CacheConfig {
    /** Folder of this replica alone. */
    @WithDefault("${user.home}/.modelmill/inference-cache")
    Path directory();
}
