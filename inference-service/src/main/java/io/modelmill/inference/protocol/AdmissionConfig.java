package io.modelmill.inference.protocol;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.util.Optional;

/** How much this replica takes in at a time. */
@ConfigMapping(prefix = "modelmill.admission")
interface AdmissionConfig {
    /** Predictions in flight at most; more are answered RESOURCE_EXHAUSTED. */
    @WithDefault("4096")
    int maxRequests();

    /**
     * Bytes of requests and answers in flight at most, counted while they arrive; what exceeds them is answered
     * RESOURCE_EXHAUSTED. Default: a quarter of the JVM's direct memory, which is as large as its heap unless
     * {@code -XX:MaxDirectMemorySize} says otherwise.
     */
    Optional<MemorySize> maxBytes();
}
