package io.modelmill.registry.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.Status;
import io.modelmill.proto.registry.v1.CreateDatasetRequest;
import io.modelmill.proto.registry.v1.CreateDatasetVersionRequest;
import io.modelmill.proto.registry.v1.DatasetVersion;
import io.modelmill.proto.registry.v1.DatasetVersion.State;
import io.modelmill.proto.registry.v1.DeleteDatasetVersionRequest;
import io.modelmill.proto.registry.v1.GetDatasetVersionRequest;
import io.modelmill.proto.registry.v1.ListDatasetVersionsRequest;
import io.modelmill.proto.registry.v1.UndeleteDatasetVersionRequest;
import io.modelmill.registry.fixture.Refusals;
import io.modelmill.registry.fixture.RegistryIntegrationTest;
import io.modelmill.registry.fixture.RegistryTenant;
import io.modelmill.servicekit.fixture.TestCallers;
import io.modelmill.servicekit.security.Caller;
import io.modelmill.servicekit.security.Role;
import jakarta.inject.Inject;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Versions of data sets that are deleted, and brought back. */
@RegistryIntegrationTest
class DatasetVersionLifeIT {
    private static final byte[] ROWS = "petal,species\n1.5,setosa\n".getBytes(StandardCharsets.UTF_8);

    @Inject
    Jdbi jdbi;

    private TestCallers callers;
    private RegistryTenant tenant;
    private DatasetVersion first;

    @BeforeEach
    void makeVersion() {
        callers = TestCallers.connect();
        tenant = RegistryTenant.fresh(callers);
        tenant.upload(ROWS);
        var _ = tenant.datasets()
                .createDataset(CreateDatasetRequest.newBuilder()
                        .setParent(tenant.name())
                        .setDatasetId("flowers")
                        .build());
        first = create();
    }

    @AfterEach
    void disconnect() {
        callers.close();
    }

    @Test
    void comesBackAsItWas() {
        assertThat(first.getState()).isEqualTo(State.STATE_ACTIVE);
        assertThat(first.hasDeleteTime()).isFalse();
        assertThat(first.hasPurgeTime()).isFalse();

        DatasetVersion deleted = delete(first.getName(), first.getEtag());

        assertThat(deleted.getState()).isEqualTo(State.STATE_DELETED);
        assertThat(deleted.getFilesList()).isEqualTo(first.getFilesList());
        assertThat(Duration.ofSeconds(deleted.getPurgeTime().getSeconds()
                        - deleted.getDeleteTime().getSeconds()))
                .isEqualTo(Duration.ofDays(30));
        assertThat(get(first.getName())).isEqualTo(deleted);

        DatasetVersion undeleted = undelete(first.getName(), deleted.getEtag());

        assertThat(undeleted)
                .isEqualTo(first.toBuilder().setEtag(undeleted.getEtag()).build());
    }

    @Test
    void isListedOnlyWhenAskedFor() {
        DatasetVersion second = create();
        DatasetVersion deleted = delete(second.getName(), "");
        ListDatasetVersionsRequest list = ListDatasetVersionsRequest.newBuilder()
                .setParent(tenant.name() + "/datasets/flowers")
                .build();

        assertThat(tenant.datasets().listDatasetVersions(list).getDatasetVersionsList())
                .containsExactly(first);
        assertThat(tenant.datasets()
                        .listDatasetVersions(
                                list.toBuilder().setShowDeleted(true).build())
                        .getDatasetVersionsList())
                .containsExactly(deleted, first);
        assertThat(create().getName()).as("no number twice").endsWith("/versions/3");
    }

    @Test
    void refusesWhatItsStateDoesNotAllow() {
        Refusals notDeleted = Refusals.of(() -> undelete(first.getName(), ""));
        notDeleted.is(Status.Code.FAILED_PRECONDITION, "VERSION_STATE_MISMATCH");
        assertThat(notDeleted.message()).isEqualTo("name: \"" + first.getName() + "\" is ACTIVE (expected: DELETED)");
        DatasetVersion deleted = delete(first.getName(), "");
        Refusals.of(() -> delete(first.getName(), deleted.getEtag()))
                .is(Status.Code.FAILED_PRECONDITION, "VERSION_STATE_MISMATCH");
        jdbi.useHandle(handle -> handle.createUpdate("UPDATE dataset_version SET state = 'PURGED',"
                        + " purge_time = '2026-01-02T03:04:05Z' WHERE tenant = :tenant")
                .bind("tenant", tenant.id())
                .execute());
        Refusals purged = Refusals.of(() -> undelete(first.getName(), ""));
        purged.is(Status.Code.FAILED_PRECONDITION, "VERSION_PURGED");
        assertThat(purged.message())
                .isEqualTo("name: \"" + first.getName() + "\" was purged at 2026-01-02T03:04:05Z, its files are gone"
                        + " (expected: a version that is there)");
        assertThat(get(first.getName()).getState()).isEqualTo(State.STATE_PURGED);
    }

    @Test
    void refusesAStaleEtag() {
        Refusals refusal = Refusals.of(() -> delete(first.getName(), "7"));
        refusal.is(Status.Code.ABORTED, "STALE_ETAG");
        assertThat(refusal.message()).isEqualTo("etag: \"7\" (expected: \"1\")");
        var _ = delete(first.getName(), first.getEtag());
        Refusals.of(() -> undelete(first.getName(), first.getEtag())).is(Status.Code.ABORTED, "STALE_ETAG");
    }

    @Test
    void isForItsOwnerAlone() {
        String missing = tenant.name() + "/datasets/flowers/versions/9";
        Refusals.of(() -> delete(missing, "")).is(Status.Code.NOT_FOUND, "RESOURCE_NOT_FOUND");
        Refusals.of(() -> undelete(missing, "")).is(Status.Code.NOT_FOUND, "RESOURCE_NOT_FOUND");
        Refusals.of(() -> delete(tenant.name() + "/datasets/flowers", "")).isInvalid("name");
        RegistryTenant owner = tenant;
        tenant = owner.as(callers.tenant(RegistryTenant.fresh(callers).id()));
        Refusals.of(() -> delete(first.getName(), "")).is(Status.Code.NOT_FOUND, "RESOURCE_NOT_FOUND");
        Refusals.of(() -> undelete(first.getName(), "")).is(Status.Code.NOT_FOUND, "RESOURCE_NOT_FOUND");
        tenant = owner.as(
                callers.as(new Caller(owner.name() + "/trainingJobs/j", Optional.of(owner.id()), Set.of(Role.WORKER))));
        Refusals.of(() -> delete(first.getName(), "")).is(Status.Code.PERMISSION_DENIED, "ROLE_MISSING");
        tenant = owner;
        assertThat(get(first.getName())).isEqualTo(first);
    }

    @Test
    void everyTransitionOfTheTableIsWalkedAndNoOther() {
        Set<String> walked = new HashSet<>();
        List<DatasetVersionState> life = List.of(
                DatasetVersionState.ACTIVE,
                DatasetVersionState.DELETED,
                DatasetVersionState.ACTIVE,
                DatasetVersionState.DELETED,
                DatasetVersionState.PURGED);
        jdbi.useTransaction(transaction -> {
            for (DatasetVersionState next : life.subList(1, life.size())) {
                var version = PostgresDatasetStore.lockVersion(transaction, new DatasetKey(tenant.id(), "flowers"), 1)
                        .orElseThrow();
                Arrays.stream(DatasetVersionState.values())
                        .filter(other -> !version.state().followers().contains(other))
                        .forEach(other -> assertThatThrownBy(
                                        () -> PostgresDatasetStore.move(transaction, version, other, Duration.ZERO))
                                .isInstanceOf(IllegalStateException.class));
                assertThat(PostgresDatasetStore.move(transaction, version, next, Duration.ZERO)
                                .state())
                        .isEqualTo(next);
                walked.add(version.state() + " to " + next);
            }
        });

        Set<String> table = new HashSet<>();
        for (DatasetVersionState state : DatasetVersionState.values()) {
            state.followers().forEach(next -> table.add(state + " to " + next));
        }
        assertThat(walked).isEqualTo(table);
    }

    private DatasetVersion create() {
        return tenant.datasets()
                .createDatasetVersion(CreateDatasetVersionRequest.newBuilder()
                        .setParent(tenant.name() + "/datasets/flowers")
                        .setDatasetVersion(DatasetVersion.newBuilder().setSha256(RegistryTenant.sha256(ROWS)))
                        .build());
    }

    private DatasetVersion get(String name) {
        return tenant.datasets()
                .getDatasetVersion(
                        GetDatasetVersionRequest.newBuilder().setName(name).build());
    }

    private DatasetVersion delete(String name, String etag) {
        return tenant.datasets()
                .deleteDatasetVersion(DeleteDatasetVersionRequest.newBuilder()
                        .setName(name)
                        .setEtag(etag)
                        .build());
    }

    private DatasetVersion undelete(String name, String etag) {
        return tenant.datasets()
                .undeleteDatasetVersion(UndeleteDatasetVersionRequest.newBuilder()
                        .setName(name)
                        .setEtag(etag)
                        .build());
    }
}
