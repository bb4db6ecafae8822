package io.modelmill.registry.version;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import io.grpc.Status;
import io.modelmill.proto.events.v1.ModelVersionsEvent;
import io.modelmill.proto.registry.v1.Alias;
import io.modelmill.proto.registry.v1.DeleteAliasRequest;
import io.modelmill.proto.registry.v1.GetAliasRequest;
import io.modelmill.proto.registry.v1.ListModelVersionsRequest;
import io.modelmill.proto.registry.v1.ModelVersion;
import io.modelmill.proto.registry.v1.ModelVersion.State;
import io.modelmill.proto.registry.v1.RevokedVersion;
import io.modelmill.proto.registry.v1.ServingState;
import io.modelmill.proto.registry.v1.ServingVersion;
import io.modelmill.proto.registry.v1.UpdateAliasRequest;
import io.modelmill.registry.fixture.OnnxModels;
import io.modelmill.registry.fixture.Refusals;
import io.modelmill.registry.fixture.RegistryIntegrationTest;
import io.modelmill.registry.fixture.RegistryTenant;
import io.modelmill.registry.fixture.TopicReader;
import io.modelmill.servicekit.fixture.TestCallers;
import io.modelmill.servicekit.security.Caller;
import io.modelmill.servicekit.security.Role;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.eclipse.microprofile.config.Config;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Versions that are taken out of service, and some of them brought back. */
@RegistryIntegrationTest
class VersionLifeIT {
    private static final String REASON = "trained on rows that must not be used";

    @Inject
    Config config;

    private TestCallers callers;
    private RegistryTenant tenant;
    private VersionCalls calls;
    private ModelVersion first;

    @BeforeEach
    void publish() {
        callers = TestCallers.connect();
        tenant = RegistryTenant.fresh(callers);
        calls = new VersionCalls(tenant.models());
        tenant.createModel("digits");
        first = tenant.publish("digits", OnnxModels.classifier(2, 2));
    }

    @AfterEach
    void disconnect() {
        callers.close();
    }

    @Test
    void archivesAndRestoresAVersionThatNoAliasPointsAt() throws InvalidProtocolBufferException {
        ModelVersion second = tenant.publish("digits", OnnxModels.classifier(2, 3));

        ModelVersion archived = calls.archive(second.getName(), "", "too large");

        assertThat(archived.getState()).isEqualTo(State.STATE_ARCHIVED);
        assertThat(archived.getStateReason()).isEqualTo("too large");
        assertThat(archived.getFilesList()).isEqualTo(second.getFilesList());
        assertThat(tenant.get(second.getName())).isEqualTo(archived);
        assertThat(newestState().getVersionsList())
                .extracting(ServingVersion::getNumber)
                .containsExactly(1L);

        ModelVersion restored = calls.restore(second.getName(), "");

        assertThat(restored.getState()).isEqualTo(State.STATE_READY);
        assertThat(restored.getStateReason()).isEmpty();
        assertThat(newestState().getVersionsList())
                .extracting(ServingVersion::getNumber)
                .containsExactly(1L, 2L);
        assertThat(restored.getUpdateTime().getSeconds())
                .isGreaterThanOrEqualTo(second.getUpdateTime().getSeconds());
    }

    @Test
    void archivesWithoutAReason() {
        ModelVersion second = tenant.publish("digits", OnnxModels.classifier(2, 3));

        assertThat(calls.archive(second.getName(), "", "").getStateReason()).isEmpty();
        Refusals.of(() -> calls.archive(second.getName(), "", "x".repeat(1_001)))
                .isInvalid("reason");
    }

    @Test
    void keepsWhatAliasesPointAt() {
        pointAt("canary", first);
        long revision = tenant.model("digits").getRevision();

        Refusals refusal = Refusals.of(() -> calls.archive(first.getName(), "", ""));

        refusal.is(Status.Code.FAILED_PRECONDITION, "VERSION_HAS_ALIASES");
        assertThat(refusal.message())
                .isEqualTo("name: \"" + first.getName() + "\" is the target of canary, production"
                        + " (expected: no alias, as UpdateAlias or DeleteAlias leaves it)");
        assertThat(tenant.get(first.getName())).isEqualTo(first);
        assertThat(tenant.model("digits").getRevision()).isEqualTo(revision);

        var _ = calls.revoke(first.getName(), "", REASON);
        Refusals.of(() -> calls.delete(first.getName(), "")).is(Status.Code.FAILED_PRECONDITION, "VERSION_HAS_ALIASES");
        deleteAlias("canary");
        deleteAlias("production");
        assertThat(calls.delete(first.getName(), "").getState()).isEqualTo(State.STATE_DELETED);
    }

    @Test
    void revokesAVersionAndLeavesItsAliases() throws InvalidProtocolBufferException {
        ModelVersion revoked = calls.revoke(first.getName(), first.getEtag(), REASON);

        assertThat(revoked.getState()).isEqualTo(State.STATE_REVOKED);
        assertThat(revoked.getStateReason()).isEqualTo(REASON);
        assertThat(tenant.models()
                        .getAlias(GetAliasRequest.newBuilder()
                                .setName(tenant.name() + "/models/digits/aliases/production")
                                .build())
                        .getVersion())
                .isEqualTo(first.getName());
        ServingState state = newestState();
        assertThat(state.getVersionsList()).isEmpty();
        assertThat(state.getRevokedVersionsList())
                .containsExactly(RevokedVersion.newBuilder()
                        .setNumber(1)
                        .setReason(REASON)
                        .build());
        assertThat(state.getAliasesMap()).containsEntry("production", 1L);
        Refusals.of(() -> pointAt("canary", first)).is(Status.Code.FAILED_PRECONDITION, "VERSION_NOT_READY");
        Refusals.of(() -> calls.restore(first.getName(), ""))
                .is(Status.Code.FAILED_PRECONDITION, "VERSION_STATE_MISMATCH");
    }

    @Test
    void revokesForAReasonAlone() {
        Refusals.of(() -> calls.revoke(first.getName(), "", "")).isInvalid("reason");
        Refusals.of(() -> calls.revoke(first.getName(), "", " ")).isInvalid("reason");
        Refusals.of(() -> calls.revoke(first.getName(), "", "x".repeat(1_001))).isInvalid("reason");
        assertThat(tenant.get(first.getName()).getState()).isEqualTo(State.STATE_READY);
    }

    @Test
    void bringsADeletedVersionBackToWhereItWas() throws InvalidProtocolBufferException {
        deleteAlias("production");
        ModelVersion revoked = calls.revoke(first.getName(), "", REASON);

        ModelVersion deleted = calls.delete(first.getName(), "");

        assertThat(deleted.getState()).isEqualTo(State.STATE_DELETED);
        assertThat(deleted.getUndeleteState()).isEqualTo(State.STATE_REVOKED);
        assertThat(deleted.getStateReason()).isEqualTo(REASON);
        assertThat(deleted.getDeleteTime()).isEqualTo(deleted.getUpdateTime());
        assertThat(Duration.ofSeconds(deleted.getPurgeTime().getSeconds()
                        - deleted.getDeleteTime().getSeconds()))
                .isEqualTo(Duration.ofDays(30));
        assertThat(deleted.getFilesList()).isEqualTo(first.getFilesList());
        assertThat(tenant.get(first.getName())).isEqualTo(deleted);
        assertThat(newestState().getRevokedVersionsList()).isEmpty();

        ModelVersion undeleted = calls.undelete(first.getName(), "");

        assertThat(undeleted)
                .isEqualTo(revoked.toBuilder()
                        .setEtag(undeleted.getEtag())
                        .setUpdateTime(undeleted.getUpdateTime())
                        .build());
        assertThat(newestState().getRevokedVersionsCount()).isEqualTo(1);
    }

    @Test
    void listsDeletedVersionsOnlyWhenAskedFor() {
        ModelVersion second = tenant.publish("digits", OnnxModels.classifier(2, 3));
        ModelVersion third = tenant.publish("digits", OnnxModels.classifier(2, 4));
        var _ = calls.archive(second.getName(), "", "");
        var _ = calls.delete(second.getName(), "");
        ListModelVersionsRequest request = ListModelVersionsRequest.newBuilder()
                .setParent(tenant.name() + "/models/digits")
                .setPageSize(2)
                .build();

        assertThat(tenant.models().listModelVersions(request).getModelVersionsList())
                .extracting(ModelVersion::getName)
                .containsExactly(third.getName(), first.getName());
        assertThat(tenant.models()
                        .listModelVersions(
                                request.toBuilder().setShowDeleted(true).build())
                        .getModelVersionsList())
                .extracting(ModelVersion::getName)
                .containsExactly(third.getName(), second.getName());
    }

    @Test
    void refusesAStaleEtag() {
        deleteAlias("production");
        ModelVersion archived = calls.archive(first.getName(), first.getEtag(), "");
        assertThat(archived.getEtag()).isNotEqualTo(first.getEtag());
        Refusals refusal = Refusals.of(() -> calls.restore(first.getName(), first.getEtag()));
        refusal.is(Status.Code.ABORTED, "STALE_ETAG");
        assertThat(refusal.message())
                .isEqualTo("etag: \"" + first.getEtag() + "\" (expected: \"" + archived.getEtag() + "\")");

        ModelVersion restored = calls.restore(first.getName(), archived.getEtag());
        ModelVersion again = calls.archive(first.getName(), restored.getEtag(), "");

        assertThat(again.getEtag()).as("never the same twice").isNotEqualTo(archived.getEtag());
        Refusals.of(() -> calls.delete(first.getName(), archived.getEtag())).is(Status.Code.ABORTED, "STALE_ETAG");
        Refusals.of(() -> calls.revoke(first.getName(), archived.getEtag(), REASON))
                .is(Status.Code.ABORTED, "STALE_ETAG");
        ModelVersion deleted = calls.delete(first.getName(), again.getEtag());
        Refusals.of(() -> calls.undelete(first.getName(), again.getEtag())).is(Status.Code.ABORTED, "STALE_ETAG");
        assertThat(calls.undelete(first.getName(), deleted.getEtag()).getState())
                .isEqualTo(State.STATE_ARCHIVED);
    }

    @Test
    void isForOwnersAndServicesAlone() {
        deleteAlias("production");
        RegistryTenant other = RegistryTenant.fresh(callers);
        VersionCalls intruder = new VersionCalls(other.models());
        intruder.each(first.getName(), REASON)
                .forEach(call -> Refusals.of(call::run).is(Status.Code.NOT_FOUND, "RESOURCE_NOT_FOUND"));
        VersionCalls worker = new VersionCalls(tenant.as(callers.as(
                        new Caller(tenant.name() + "/trainingJobs/j", Optional.of(tenant.id()), Set.of(Role.WORKER))))
                .models());
        worker.each(first.getName(), REASON)
                .forEach(call -> Refusals.of(call::run).is(Status.Code.PERMISSION_DENIED, "ROLE_MISSING"));
        calls.each(tenant.name() + "/models/digits/versions/7", REASON)
                .forEach(call -> Refusals.of(call::run).is(Status.Code.NOT_FOUND, "RESOURCE_NOT_FOUND"));
        calls.each(tenant.name() + "/models/digits", REASON)
                .forEach(call -> Refusals.of(call::run).isInvalid("name"));
        assertThat(tenant.get(first.getName())).isEqualTo(first);

        VersionCalls service =
                new VersionCalls(tenant.as(callers.service("training-service")).models());
        assertThat(service.archive(first.getName(), "", "").getState()).isEqualTo(State.STATE_ARCHIVED);
    }

    @Test
    void letsAdministratorsRevokeWhatAnyTenantPublished() {
        VersionCalls administrator = new VersionCalls(
                tenant.as(callers.as(new Caller("admin", Optional.empty(), Set.of(Role.PLATFORM_ADMIN))))
                        .models());

        Refusals.of(() -> administrator.archive(first.getName(), "", ""))
                .is(Status.Code.NOT_FOUND, "RESOURCE_NOT_FOUND");
        assertThat(administrator.revoke(first.getName(), "", REASON).getState()).isEqualTo(State.STATE_REVOKED);
        Refusals.of(() -> administrator.revoke(tenant.name() + "/models/digits", "", REASON))
                .isInvalid("name");
    }

    @Test
    void takesADeletedRejectedVersionForNoneThatWasReady() {
        tenant.createModel("late");
        ModelVersion rejected = tenant.publish("late", new byte[] {1, 2, 3});
        assertThat(calls.delete(rejected.getName(), "").getUndeleteState()).isEqualTo(State.STATE_REJECTED);

        ModelVersion ready = tenant.publish("late", OnnxModels.classifier(2, 2));

        assertThat(tenant.models()
                        .getAlias(GetAliasRequest.newBuilder()
                                .setName(tenant.name() + "/models/late/aliases/production")
                                .build())
                        .getVersion())
                .isEqualTo(ready.getName());
    }

    @Test
    void deletesAVersionWhoseFilesNeverCame() {
        tenant.createModel("stuck");
        byte[] graph = OnnxModels.classifier(3, 3);
        ModelVersion pending = tenant.models()
                .createModelVersion(tenant.version("stuck", graph).build());

        ModelVersion deleted = calls.delete(pending.getName(), "");

        assertThat(deleted.getUndeleteState()).isEqualTo(State.STATE_PENDING_UPLOAD);
        tenant.upload(graph);
        assertThat(calls.undelete(pending.getName(), "").getState()).isEqualTo(State.STATE_PENDING_UPLOAD);
        ModelVersion ready = tenant.validated(pending);
        assertThat(ready.getState()).as(ready.getStateReason()).isEqualTo(State.STATE_READY);
        assertThat(tenant.models()
                        .getAlias(GetAliasRequest.newBuilder()
                                .setName(tenant.name() + "/models/stuck/aliases/production")
                                .build())
                        .getVersion())
                .isEqualTo(ready.getName());
    }

    @Test
    void takesADeletedVersionWithoutFilesForNoneThatWasReady() {
        tenant.createModel("late");
        ModelVersion pending = tenant.models()
                .createModelVersion(
                        tenant.version("late", OnnxModels.classifier(3, 3)).build());
        var _ = calls.delete(pending.getName(), "");

        ModelVersion ready = tenant.publish("late", OnnxModels.classifier(2, 2));

        assertThat(tenant.models()
                        .getAlias(GetAliasRequest.newBuilder()
                                .setName(tenant.name() + "/models/late/aliases/production")
                                .build())
                        .getVersion())
                .isEqualTo(ready.getName());
    }

    private void pointAt(String alias, ModelVersion version) {
        var _ = tenant.models()
                .updateAlias(UpdateAliasRequest.newBuilder()
                        .setAlias(Alias.newBuilder()
                                .setName(tenant.name() + "/models/digits/aliases/" + alias)
                                .setVersion(version.getName()))
                        .build());
    }

    private void deleteAlias(String alias) {
        var _ = tenant.models()
                .deleteAlias(DeleteAliasRequest.newBuilder()
                        .setName(tenant.name() + "/models/digits/aliases/" + alias)
                        .build());
    }

    /** The state that the event of the model's present revision tells. */
    private ServingState newestState() throws InvalidProtocolBufferException {
        int revision = (int) tenant.model("digits").getRevision();
        try (TopicReader reader = new TopicReader(
                config.getValue("kafka.bootstrap.servers", String.class), "modelmill.model-versions.v1")) {
            List<ConsumerRecord<String, byte[]>> events =
                    reader.read(tenant.name() + "/models/digits", seen -> seen.size() >= revision);
            return ModelVersionsEvent.parseFrom(events.getLast().value()).getServingState();
        }
    }
}
