package io.modelmill.registry.artifact;

import java.io.IOException;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;

/** Ready means that an upload would be taken. */
@Readiness
class ArtifactDirectoryHealthCheck implements HealthCheck {
    private final ArtifactStore store;

    ArtifactDirectoryHealthCheck(ArtifactStore store) {
        this.store = store;
    }

    @Override
    public HealthCheckResponse call() {
        try {
            store.probe();
            return HealthCheckResponse.up("artifact store");
        } catch (IOException e) {
            return HealthCheckResponse.named("artifact store")
                    .down()
                    .withData("failure", e.toString())
                    .build();
        }
    }
}
