package io.modelmill.inference.repository;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** A folder of models, served without a fleet. */
@ConfigMapping(prefix = "modelmill.repository")
public interface RepositoryConfig {
    /** The folder; not set: the models come from the fleet's registry. With it calls need no token. */
    Optional<Path> directory();

    /** How often the folder is looked at for changes. */
    @WithDefault("PT2S")
    Duration pollInterval();
}
