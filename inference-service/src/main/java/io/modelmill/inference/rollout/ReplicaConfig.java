package io.modelmill.inference.rollout;

import io.smallrye.config.ConfigMapping;
import java.util.Optional;

/** Who this replica is. */
@ConfigMapping(prefix = "modelmill.replica")
public interface ReplicaConfig {
    /**
     * Name under which rollouts show this replica; no other that runs may have it. Default: the host's name and eight random
     * digits, another with each start.
     */
    Optional<String> name();
}
