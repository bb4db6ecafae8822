package io.modelmill.gateway.routing;

import jakarta.enterprise.context.ApplicationScoped;

/** Whether predictions can be answered, for other doors. */
@ApplicationScoped
public class InferenceReadiness {
    private final InferenceBackend backend;

    InferenceReadiness(InferenceBackend backend) {
        this.backend = backend;
    }

    public boolean isReady() {
        return backend.isReady();
    }
}
