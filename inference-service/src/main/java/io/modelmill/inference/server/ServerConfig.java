package io.modelmill.inference.server;

import io.smallrye.config.ConfigMapping;
import java.util.Optional;

/** What the gRPC server of a replica has beyond those of the other services, whose settings it takes too. */
@ConfigMapping(prefix = "modelmill.server")
public interface ServerConfig {
    /** Threads that read requests and write answers. Default: one for each four processors, at least one. */
    Optional<Integer> eventLoops();
}
