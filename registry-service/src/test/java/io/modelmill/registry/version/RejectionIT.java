package io.modelmill.registry.version;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.modelmill.proto.events.v1.ModelVersionsEvent;
import io.modelmill.proto.registry.v1.CreateModelVersionRequest;
import io.modelmill.proto.registry.v1.GetAliasRequest;
import io.modelmill.proto.registry.v1.ListAliasesRequest;
import io.modelmill.proto.registry.v1.ModelVersion;
import io.modelmill.proto.registry.v1.ModelVersion.State;
import io.modelmill.proto.registry.v1.ServingState;
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

/** Versions that a service makes to be looked at and never to be served. */
@RegistryIntegrationTest
class RejectionIT {
    private static final String REASON = "accuracy 0.81, 0.09 below its parent's (expected: at most 0.01)";
    private static final byte[] GRAPH = OnnxModels.classifier(4, 3);

    @Inject
    Config config;

    private TestCallers callers;
    private RegistryTenant tenant;
    private RegistryTenant trainer;

    @BeforeEach
    void makeModel() {
        callers = TestCallers.connect();
        tenant = RegistryTenant.fresh(callers);
        trainer = tenant.as(callers.service("training-service"));
        tenant.createModel("small");
        tenant.upload(GRAPH);
    }

    @AfterEach
    void disconnect() {
        callers.close();
    }

    @Test
    void becomesRejectedOnceItIsValidated() {
        ModelVersion version = tenant.validated(create(rejected(REASON)));

        assertThat(version.getState()).isEqualTo(State.STATE_REJECTED);
        assertThat(version.getStateReason()).isEqualTo(REASON);
        assertThat(version.hasValidateTime()).isTrue();
        assertThat(version.getSignature().getInputsList())
                .as("what it takes can be looked at")
                .hasSize(1);
    }

    @Test
    void takesNoAliasAndLeavesThoseOfOthers() {
        tenant.validated(create(rejected(REASON)));
        assertThat(tenant.models()
                        .listAliases(ListAliasesRequest.newBuilder()
                                .setParent(tenant.name() + "/models/small")
                                .build())
                        .getAliasesList())
                .as("not even the first version's")
                .isEmpty();

        ModelVersion ready = tenant.publish("small", GRAPH);
        tenant.validated(create(rejected(REASON).addAliases("production").addAliases("canary")));

        assertThat(tenant.models()
                        .getAlias(GetAliasRequest.newBuilder()
                                .setName(tenant.name() + "/models/small/aliases/production")
                                .build())
                        .getVersion())
                .isEqualTo(ready.getName());
        Refusals.of(() -> tenant.models()
                        .getAlias(GetAliasRequest.newBuilder()
                                .setName(tenant.name() + "/models/small/aliases/canary")
                                .build()))
                .is(Status.Code.NOT_FOUND, "RESOURCE_NOT_FOUND");
    }

    @Test
    void isNotInTheServingState() throws Exception {
        tenant.publish("small", GRAPH);
        tenant.validated(create(rejected(REASON)));
        long revision = tenant.model("small").getRevision();

        ServingState state = newestEvent(tenant.name() + "/models/small", revision);

        assertThat(state.getRevision()).isEqualTo(revision);
        assertThat(state.getVersionsList())
                .extracting(ServingVersion::getNumber)
                .containsExactly(1L);
    }

    @Test
    void whatIsWrongWithTheFilesIsTheReasonBeforeAll() {
        byte[] broken = {1, 2, 3};
        tenant.upload(broken);

        ModelVersion version = tenant.validated(trainer.models()
                .createModelVersion(
                        tenant.version("small", broken).setRejection(REASON).build()));

        assertThat(version.getState()).isEqualTo(State.STATE_REJECTED);
        assertThat(version.getStateReason()).isNotEmpty().isNotEqualTo(REASON);
    }

    @Test
    void isForServicesAlone() {
        Refusals.of(() -> tenant.models().createModelVersion(rejected(REASON).build()))
                .is(Status.Code.PERMISSION_DENIED, "ROLE_MISSING");
    }

    @Test
    void refusesReasonsThatSayNothingOrTooMuch() {
        Refusals.of(() -> create(rejected(" "))).isInvalid("rejection");
        Refusals.of(() -> create(rejected("x".repeat(1_001)))).isInvalid("rejection");
        assertThat(tenant.validated(create(rejected("x".repeat(999) + "\0"))).getStateReason())
                .isEqualTo("x".repeat(999) + "?");
    }

    private CreateModelVersionRequest.Builder rejected(String reason) {
        return tenant.version("small", GRAPH).setRejection(reason);
    }

    private ModelVersion create(CreateModelVersionRequest.Builder request) {
        return trainer.models().createModelVersion(request.build());
    }

    private ServingState newestEvent(String model, long revision) throws Exception {
        try (TopicReader reader = new TopicReader(
                config.getValue("kafka.bootstrap.servers", String.class), "modelmill.model-versions.v1")) {
            List<ConsumerRecord<String, byte[]>> events = reader.read(model, seen -> seen.size() >= (int) revision);
            return ModelVersionsEvent.parseFrom(events.getLast().value()).getServingState();
        }
    }
}
