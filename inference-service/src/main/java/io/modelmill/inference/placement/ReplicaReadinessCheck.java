package io.modelmill.inference.placement;

import jakarta.enterprise.context.ApplicationScoped;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;

/** Ready once the models are known and the targets of their aliases are loaded. */
@Readiness
@ApplicationScoped
class ReplicaReadinessCheck implements HealthCheck {
    private final Replica replica;

    ReplicaReadinessCheck(Replica replica) {
        this.replica = replica;
    }

    @Override
    public HealthCheckResponse call() {
        return HealthCheckResponse.builder()
                .name("models known and loaded")
                .status(replica.isReady())
                .build();
    }
}
