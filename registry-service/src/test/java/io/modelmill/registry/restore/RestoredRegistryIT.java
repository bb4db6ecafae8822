package io.modelmill.registry.restore;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import io.modelmill.proto.events.v1.ModelVersionsEvent;
import io.modelmill.proto.registry.v1.Model;
import io.modelmill.proto.registry.v1.ServingState;
import io.modelmill.registry.fixture.Eventually;
import io.modelmill.registry.fixture.OnnxModels;
import io.modelmill.registry.fixture.RegistryIntegrationTest;
import io.modelmill.registry.fixture.RegistryTenant;
import io.modelmill.registry.fixture.TenantUpload;
import io.modelmill.registry.fixture.TopicReader;
import io.modelmill.registry.publishing.ModelVersionsPublisher;
import io.modelmill.servicekit.fixture.TestCallers;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.inject.Inject;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.eclipse.microprofile.config.Config;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the service does at its start when its database was set back. */
@RegistryIntegrationTest
class RestoredRegistryIT {
    @Inject
    Jdbi jdbi;

    @Inject
    Config config;

    @Inject
    ModelVersionsPublisher publisher;

    private TestCallers callers;
    private RegistryTenant tenant;

    @BeforeEach
    void connect() {
        callers = TestCallers.connect();
        tenant = RegistryTenant.fresh(callers);
    }

    @AfterEach
    void disconnect() {
        callers.close();
    }

    @Test
    void raisesRevisionsAndTellsEveryStateOnceThoughTwoReplicasStart() throws Exception {
        tenant.createModel("a");
        tenant.publish("a", OnnxModels.classifier(4, 3));
        tenant.createModel("b");
        Model before = tenant.model("a");
        notice();

        start();
        start();

        Model after = tenant.model("a");
        assertThat(after.getRevision()).isEqualTo(before.getRevision() + RestoredRegistry.REVISIONS);
        assertThat(after.getEtag()).isEqualTo(before.getEtag());
        try (TopicReader reader = new TopicReader(
                config.getValue("kafka.bootstrap.servers", String.class), "modelmill.model-versions.v1")) {
            List<ConsumerRecord<String, byte[]>> records = reader.read(
                    tenant.name(),
                    seen -> seen.stream()
                                    .filter(record -> state(record).getRevision() > RestoredRegistry.REVISIONS)
                                    .count()
                            == 2);
            ServingState told = records.stream()
                    .map(RestoredRegistryIT::state)
                    .filter(state -> state.getRevision() == after.getRevision())
                    .findFirst()
                    .orElseThrow();
            assertThat(told.getVersionsCount()).isEqualTo(1);
            assertThat(told.getModel()).isEqualTo(after.getName());
        }
        // Nothing is left to be done at the next start.
        Eventually.see(this::notices, count -> count == 0);
        start();
        assertThat(tenant.model("a").getRevision()).isEqualTo(after.getRevision());
    }

    @Test
    void letsUploadsBeginAnew() throws Exception {
        byte[] content = "half of it is lost".getBytes(StandardCharsets.UTF_8);
        TenantUpload upload = TenantUpload.begin(tenant, "half", content);
        upload.write(0, 9);
        notice();

        start();

        assertThat(upload.get().getCommittedSizeBytes()).isZero();
        upload.write(0, content.length);
        assertThat(tenant.download(upload.finish().getName())).isEqualTo(content);
        Eventually.see(this::notices, count -> count == 0);
    }

    @Test
    void givesFilesThatNobodyNamesYetTheirWholeGrace() throws Exception {
        byte[] content = "not named yet".getBytes(StandardCharsets.UTF_8);
        tenant.upload(content);
        String sha256 = RegistryTenant.sha256(content);
        jdbi.useHandle(handle -> handle.createUpdate(
                        "UPDATE artifact SET name_time = now() - interval '1 year' WHERE sha256 = :sha256")
                .bind("sha256", sha256)
                .execute());
        notice();

        start();

        assertThat(jdbi.<Boolean, RuntimeException>withHandle(handle -> handle.createQuery(
                                "SELECT name_time > now() - interval '1 hour' FROM artifact WHERE sha256 = :sha256")
                        .bind("sha256", sha256)
                        .mapTo(Boolean.class)
                        .one()))
                .isTrue();
    }

    private void notice() {
        jdbi.useHandle(handle -> handle.execute("INSERT INTO restore_notice (backup_time) VALUES (now())"));
    }

    private int notices() {
        return jdbi.withHandle(handle -> handle.createQuery("SELECT count(*) FROM restore_notice")
                .mapTo(Integer.class)
                .one());
    }

    /** As a replica does that starts, and stops once it has nothing more to tell. */
    private void start() throws Exception {
        RestoredRegistry replica = new RestoredRegistry(jdbi, publisher);
        replica.start(new StartupEvent());
        Eventually.see(this::notices, count -> count == 0);
        replica.stop(new ShutdownEvent());
    }

    private static ServingState state(ConsumerRecord<String, byte[]> record) {
        try {
            return ModelVersionsEvent.parseFrom(record.value()).getServingState();
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }
}
