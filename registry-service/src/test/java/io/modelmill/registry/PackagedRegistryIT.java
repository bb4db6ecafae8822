package io.modelmill.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelmill.localservers.LocalPorts;
import io.modelmill.localservers.kafka.KafkaBroker;
import io.modelmill.localservers.postgres.PostgresServer;
import io.modelmill.proto.registry.v1.ModelVersion;
import io.modelmill.proto.registry.v1.ModelVersion.State;
import io.modelmill.registry.fixture.Eventually;
import io.modelmill.registry.fixture.OnnxModels;
import io.modelmill.registry.fixture.RegistryProcess;
import io.modelmill.registry.fixture.RegistryTenant;
import io.modelmill.registry.fixture.TopicReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The packaged service as a process of its own, which can be killed. */
class PackagedRegistryIT {
    @TempDir
    private Path directory;

    @Test
    void losesNothingWhenItIsKilledAndWaitsForABrokerThatIsAway() throws Exception {
        int kafkaPort = LocalPorts.free();
        try (PostgresServer postgres = PostgresServer.startTemporary()) {
            postgres.createDatabase("registry");
            List<ModelVersion> versions = new ArrayList<>();
            String model;
            try (RegistryProcess registry = RegistryProcess.start(directory, postgres, kafkaPort)) {
                // Ready although no broker is there.
                registry.awaitReady();
                RegistryTenant tenant = registry.tenant("acme");
                model = tenant.createModel("digits").getName();
                byte[] graph = OnnxModels.classifier(4, 3);
                tenant.upload(graph);
                for (int count = 0; count < 4; count++) {
                    versions.add(tenant.models()
                            .createModelVersion(tenant.version("digits", graph).build()));
                }
                tenant.validated(versions.getFirst());
                registry.kill();
            }
            try (RegistryProcess registry = RegistryProcess.start(directory, postgres, kafkaPort)) {
                registry.awaitReady();
                RegistryTenant tenant = registry.tenant("acme");
                for (ModelVersion version : versions) {
                    assertThat(tenant.validated(version).getState()).isEqualTo(State.STATE_READY);
                }
                Eventually.see(registry::log, log -> log.contains("Kafka is away, events wait in the outbox"));
                // One of the model, two of each version.
                assertThat(tenant.model("digits").getRevision()).isEqualTo(9);
                KafkaBroker broker = KafkaBroker.start(directory.resolve("kafka"), kafkaPort, LocalPorts.free());
                try (TopicReader reader = new TopicReader(broker.bootstrapServers(), "modelmill.model-versions.v1")) {
                    assertThat(reader.read(model, seen -> seen.size() >= 9)).hasSize(9);
                } finally {
                    broker.close();
                }
                registry.stop();
                assertThat(registry.log())
                        .doesNotContain("4317")
                        .doesNotContain("Failed to export")
                        .doesNotContain("ERROR");
            }
            assertThat(RegistryProcess.leftovers(directory)).isEmpty();
        }
    }
}
