package io.modelmill.inference.session;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.Optional;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Liveness;

/** Alive while the device works: whoever watches over this process starts it anew otherwise. */
@Liveness
@ApplicationScoped
class DeviceLivenessCheck implements HealthCheck {
    private final Sessions sessions;

    DeviceLivenessCheck(Sessions sessions) {
        this.sessions = sessions;
    }

    @Override
    public HealthCheckResponse call() {
        Optional<String> failure = sessions.health().failure();
        HealthCheckResponseBuilder check =
                HealthCheckResponse.builder().name("device works").status(failure.isEmpty());
        failure.ifPresent(why -> check.withData("failure", why));
        return check.build();
    }
}
