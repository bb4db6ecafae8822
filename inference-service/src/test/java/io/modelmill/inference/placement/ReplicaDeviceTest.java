package io.modelmill.inference.placement;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.modelmill.inference.batching.RunScheduler;
import io.modelmill.inference.fixture.Configurations;
import io.modelmill.inference.model.ModelKey;
import io.modelmill.inference.model.ServedVersion;
import io.modelmill.inference.pipeline.PipelineConfig;
import io.modelmill.inference.pipeline.TextPipelines;
import io.modelmill.inference.session.FailingDevice;
import io.opentelemetry.api.OpenTelemetry;
import java.nio.file.Path;
import java.util.Map;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.junit.jupiter.api.Test;

class ReplicaDeviceTest {
    @Test
    void isNotReadyOnceItsDeviceFailed() {
        FailingDevice device = new FailingDevice();
        try (RunScheduler scheduler = new RunScheduler(1, 1, 1, Map.of());
                Replica replica = new Replica(
                        Configurations.of(PlacementConfig.class, Map.of()),
                        new NoModels(),
                        device.sessions(),
                        scheduler,
                        new TextPipelines(Configurations.of(PipelineConfig.class, Map.of("user.home", "/nowhere"))),
                        new SimpleMeterRegistry(),
                        OpenTelemetry.noop().getTracer("test"))) {
            ReplicaReadinessCheck check = new ReplicaReadinessCheck(replica);
            replica.start();
            assertThat(replica.isReady()).isTrue();
            assertThat(replica.isLive()).isTrue();
            assertThat(check.call().getStatus()).isEqualTo(HealthCheckResponse.Status.UP);

            device.fail();

            assertThat(replica.isReady()).isFalse();
            assertThat(replica.isLive()).isFalse();
            assertThat(check.call().getStatus()).isEqualTo(HealthCheckResponse.Status.DOWN);
        }
    }

    private static final class NoModels implements ModelSource {
        @Override
        public void start(Listener models) {
            models.informed("a source without models");
        }

        @Override
        public Path bring(ModelKey model, ServedVersion version) throws LoadFailedException {
            throw new LoadFailedException("there are no models");
        }

        @Override
        public void withdraw(ModelKey model) {}

        @Override
        public void restore(ModelKey model) {}

        @Override
        public void close() {}
    }
}
