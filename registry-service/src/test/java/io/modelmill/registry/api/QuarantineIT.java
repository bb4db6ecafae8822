package io.modelmill.registry.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import io.grpc.Status;
import io.modelmill.proto.events.v1.ModelVersionsEvent;
import io.modelmill.proto.registry.v1.GetAliasRequest;
import io.modelmill.proto.registry.v1.ModelVersion;
import io.modelmill.proto.registry.v1.QuarantineModelVersionRequest;
import io.modelmill.proto.registry.v1.QuarantinedVersion;
import io.modelmill.proto.registry.v1.ServingState;
import io.modelmill.proto.registry.v1.ServingStateServiceGrpc;
import io.modelmill.proto.registry.v1.ServingVersion;
import io.modelmill.registry.fixture.OnnxModels;
import io.modelmill.registry.fixture.Refusals;
import io.modelmill.registry.fixture.RegistryIntegrationTest;
import io.modelmill.registry.fixture.RegistryTenant;
import io.modelmill.registry.fixture.TopicReader;
import io.modelmill.servicekit.fixture.TestCallers;
import jakarta.inject.Inject;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.eclipse.microprofile.config.Config;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Versions that replicas report for having ended their processes. */
@RegistryIntegrationTest
class QuarantineIT {
    private static final String REASON = "it ended the process of a replica 2 times";

    @Inject
    Config config;

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
    void takesTheVersionOutOfServiceAndLeavesItsAliases() throws InvalidProtocolBufferException {
        tenant.createModel("deadly");
        ModelVersion good = tenant.publish("deadly", OnnxModels.classifier(2, 2));
        byte[] graph = OnnxModels.classifier(3, 2);
        tenant.upload(graph);
        ModelVersion bad = tenant.validated(tenant.models()
                .createModelVersion(
                        tenant.version("deadly", graph).addAliases("canary").build()));
        long before = tenant.model("deadly").getRevision();

        ModelVersion quarantined = quarantine(bad.getName(), REASON);

        assertThat(quarantined.getState()).isEqualTo(ModelVersion.State.STATE_QUARANTINED);
        assertThat(quarantined.getStateReason()).isEqualTo(REASON);
        assertThat(tenant.get(bad.getName())).isEqualTo(quarantined);
        assertThat(tenant.get(good.getName()).getState()).isEqualTo(ModelVersion.State.STATE_READY);
        assertThat(tenant.models()
                        .getAlias(GetAliasRequest.newBuilder()
                                .setName(tenant.name() + "/models/deadly/aliases/canary")
                                .build())
                        .getVersion())
                .isEqualTo(bad.getName());
        ServingState state = newestEvent(tenant.name() + "/models/deadly", before + 1);
        assertThat(state.getVersionsList())
                .extracting(ServingVersion::getNumber)
                .containsExactly(1L);
        assertThat(state.getQuarantinedVersionsList())
                .containsExactly(QuarantinedVersion.newBuilder()
                        .setNumber(2)
                        .setReason(REASON)
                        .build());
        assertThat(state.getAliasesMap()).containsEntry("canary", 2L).containsEntry("production", 1L);
    }

    @Test
    void changesNothingTheSecondTime() {
        tenant.createModel("deadly");
        ModelVersion version = tenant.publish("deadly", OnnxModels.classifier(2, 2));
        ModelVersion first = quarantine(version.getName(), REASON);
        long revision = tenant.model("deadly").getRevision();

        assertThat(quarantine(version.getName(), "another replica saw it, too")).isEqualTo(first);
        assertThat(tenant.model("deadly").getRevision())
                .as("no event without a change")
                .isEqualTo(revision);
    }

    @Test
    void letsServicesAloneReport() {
        tenant.createModel("deadly");
        ModelVersion version = tenant.publish("deadly", OnnxModels.classifier(2, 2));

        Refusals.of(() -> ServingStateServiceGrpc.newBlockingStub(callers.tenant(tenant.id()))
                        .quarantineModelVersion(request(version.getName(), REASON)))
                .is(Status.Code.PERMISSION_DENIED, "ROLE_MISSING");
        assertThat(tenant.get(version.getName()).getState()).isEqualTo(ModelVersion.State.STATE_READY);
    }

    @Test
    void refusesWhatNoReplicaCanHaveSeen() {
        tenant.createModel("deadly");
        String pending = tenant.models()
                .createModelVersion(
                        tenant.version("deadly", OnnxModels.classifier(9, 9)).build())
                .getName();

        Refusals.of(() -> quarantine(pending, REASON)).is(Status.Code.FAILED_PRECONDITION, "VERSION_NOT_READY");
        Refusals.of(() -> quarantine(tenant.name() + "/models/deadly/versions/7", REASON))
                .is(Status.Code.NOT_FOUND, "RESOURCE_NOT_FOUND");
        Refusals.of(() -> quarantine("tenants/x/models/y", REASON)).isInvalid("name");
        Refusals.of(() -> quarantine(pending, "")).isInvalid("reason");
        Refusals.of(() -> quarantine(pending, " ")).isInvalid("reason");
        Refusals.of(() -> quarantine(pending, "x".repeat(1_001))).isInvalid("reason");
    }

    @Test
    void keepsTheLongestReasonOnOneLine() {
        tenant.createModel("deadly");
        ModelVersion version = tenant.publish("deadly", OnnxModels.classifier(2, 2));

        assertThat(quarantine(version.getName(), "x".repeat(999) + "\n").getStateReason())
                .isEqualTo("x".repeat(999) + "?");
    }

    private ModelVersion quarantine(String name, String reason) {
        return ServingStateServiceGrpc.newBlockingStub(callers.service("inference-service"))
                .quarantineModelVersion(request(name, reason));
    }

    private static QuarantineModelVersionRequest request(String name, String reason) {
        return QuarantineModelVersionRequest.newBuilder()
                .setName(name)
                .setReason(reason)
                .build();
    }

    private ServingState newestEvent(String model, long revision) throws InvalidProtocolBufferException {
        try (TopicReader reader = new TopicReader(
                config.getValue("kafka.bootstrap.servers", String.class), "modelmill.model-versions.v1")) {
            List<ConsumerRecord<String, byte[]>> events = reader.read(model, seen -> seen.size() >= (int) revision);
            return ModelVersionsEvent.parseFrom(events.getLast().value()).getServingState();
        }
    }
}
