package io.modelmill.registry.garbage;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.micrometer.core.instrument.MeterRegistry;
import io.modelmill.proto.registry.v1.CollectGarbageRequest;
import io.modelmill.proto.registry.v1.CollectGarbageResponse;
import io.modelmill.proto.registry.v1.CreateDatasetRequest;
import io.modelmill.proto.registry.v1.CreateDatasetVersionRequest;
import io.modelmill.proto.registry.v1.DatasetVersion;
import io.modelmill.proto.registry.v1.DeleteDatasetVersionRequest;
import io.modelmill.proto.registry.v1.DeleteModelVersionRequest;
import io.modelmill.proto.registry.v1.GarbageItem;
import io.modelmill.proto.registry.v1.GarbageServiceGrpc;
import io.modelmill.proto.registry.v1.GetArtifactRequest;
import io.modelmill.proto.registry.v1.GetDatasetVersionRequest;
import io.modelmill.proto.registry.v1.ListModelVersionsRequest;
import io.modelmill.proto.registry.v1.ModelVersion;
import io.modelmill.proto.registry.v1.UndeleteModelVersionRequest;
import io.modelmill.registry.artifact.ArtifactConfig;
import io.modelmill.registry.fixture.Eventually;
import io.modelmill.registry.fixture.OnnxModels;
import io.modelmill.registry.fixture.Refusals;
import io.modelmill.registry.fixture.RegistryIntegrationTest;
import io.modelmill.registry.fixture.RegistryTenant;
import io.modelmill.registry.fixture.TenantUpload;
import io.modelmill.registry.retention.RetentionConfig;
import io.modelmill.servicekit.fixture.TestCallers;
import io.modelmill.servicekit.security.Caller;
import io.modelmill.servicekit.security.Role;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.inject.Inject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What goes, what stays, and who is told. The clock is moved by what the tenant's rows say of the time. */
@RegistryIntegrationTest
class GarbageCollectionIT {
    private static final byte[] ROWS = "petal,species\n1.5,setosa\n".getBytes(StandardCharsets.UTF_8);

    @Inject
    Jdbi jdbi;

    @Inject
    ArtifactConfig artifacts;

    @Inject
    GarbageCollection collection;

    @Inject
    MeterRegistry meters;

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
    void removesAnArtifactThatNobodyNamesOnceItsGraceIsOver() {
        byte[] content = {1, 2, 3};
        String name = tenant.upload(content).getName();
        pass(Duration.ofHours(23));
        assertThat(collected(collect(false))).isEmpty();
        double objects = objects();

        pass(Duration.ofHours(2));
        List<GarbageItem> collected = collected(collect(false));

        assertThat(collected).singleElement().satisfies(item -> {
            assertThat(item.getKindValue()).isEqualTo(3);
            assertThat(item.getName()).isEqualTo(name);
            assertThat(item.getSizeBytes()).isEqualTo(3);
            assertThat(item.getReason()).startsWith("no version names it, and it was last uploaded or asked for at 20");
        });
        assertThat(Files.exists(file(content))).isFalse();
        Refusals.of(() -> ask(content)).is(Status.Code.NOT_FOUND, "RESOURCE_NOT_FOUND");
        Refusals.of(() -> tenant.download(name)).is(Status.Code.NOT_FOUND, "RESOURCE_NOT_FOUND");
        assertThat(objects()).isGreaterThan(objects);
        tenant.upload(content);
        assertThat(tenant.download(name)).isEqualTo(content);
    }

    @Test
    void keepsWhatWasUploadedAgainOrAskedFor() {
        byte[] again = {1};
        byte[] asked = {2};
        tenant.upload(again);
        tenant.upload(asked);
        pass(Duration.ofHours(25));

        tenant.upload(again);
        ask(asked);

        assertThat(collected(collect(false))).isEmpty();
        assertThat(tenant.download(tenant.name() + "/artifacts/" + RegistryTenant.sha256(again)))
                .isEqualTo(again);
    }

    @Test
    void keepsWhatAVersionNamesUntilItIsPurged() {
        tenant.createModel("m");
        byte[] graph = {4, 5, 6};
        tenant.upload(graph);
        ModelVersion version = tenant.validated(
                tenant.models().createModelVersion(tenant.version("m", graph).build()));
        pass(Duration.ofDays(400));
        assertThat(collected(collect(false))).isEmpty();
        ModelVersion deleted = deleteVersion(version.getName());
        pass(Duration.ofDays(29));
        assertThat(collected(collect(false))).isEmpty();
        pass(Duration.ofDays(2));

        List<GarbageItem> told = collected(collect(true));
        assertThat(tenant.get(version.getName()).getState()).isEqualTo(ModelVersion.State.STATE_DELETED);
        assertThat(Files.exists(file(graph))).isTrue();
        List<GarbageItem> collected = collected(collect(false));

        assertThat(collected).isEqualTo(told);
        assertThat(collected)
                .extracting(GarbageItem::getName)
                .containsExactly(version.getName(), tenant.name() + "/artifacts/" + RegistryTenant.sha256(graph));
        assertThat(collected.getFirst().getReason()).startsWith("deleted, and its purge_time was 20");
        assertThat(Files.exists(file(graph))).isFalse();
        ModelVersion purged = tenant.get(version.getName());
        assertThat(purged.getState()).isEqualTo(ModelVersion.State.STATE_PURGED);
        assertThat(purged.getUndeleteState()).isEqualTo(ModelVersion.State.STATE_REJECTED);
        assertThat(purged.getStateReason()).isEqualTo(version.getStateReason());
        assertThat(purged.getFilesList()).isEmpty();
        assertThat(purged.getEtag()).isNotEqualTo(deleted.getEtag());
        Refusals.of(() -> undelete(version.getName())).is(Status.Code.FAILED_PRECONDITION, "VERSION_PURGED");
        assertThat(tenant.models()
                        .listModelVersions(ListModelVersionsRequest.newBuilder()
                                .setParent(tenant.name() + "/models/m")
                                .build())
                        .getModelVersionsList())
                .isEmpty();
        assertThat(tenant.models()
                        .createModelVersion(tenant.version("m", graph).build())
                        .getName())
                .as("no number twice")
                .endsWith("/versions/2");
        assertThat(collected(collect(false))).isEmpty();
    }

    @Test
    void keepsWhatAVersionThatWasUndeletedNames() {
        tenant.createModel("m");
        byte[] graph = OnnxModels.classifier(2, 2);
        ModelVersion pending =
                tenant.models().createModelVersion(tenant.version("m", graph).build());
        deleteVersion(pending.getName());
        tenant.upload(graph);
        pass(Duration.ofDays(31));

        undelete(pending.getName());

        assertThat(collected(collect(false))).isEmpty();
        assertThat(tenant.validated(pending).getState()).isEqualTo(ModelVersion.State.STATE_READY);
    }

    @Test
    void purgesVersionsOfDataSetsAndKeepsWhatOthersName() {
        byte[] shared = "a,b\n1,2\n".getBytes(StandardCharsets.UTF_8);
        tenant.upload(ROWS);
        tenant.upload(shared);
        DatasetVersion first = createDataset("first", ROWS, shared);
        DatasetVersion second = createDataset("second", shared);
        deleteDataset(first.getName());
        pass(Duration.ofDays(31));

        List<GarbageItem> told = collected(collect(true));
        List<GarbageItem> collected = collected(collect(false));

        assertThat(collected).isEqualTo(told);
        assertThat(collected)
                .extracting(GarbageItem::getName)
                .containsExactly(first.getName(), tenant.name() + "/artifacts/" + RegistryTenant.sha256(ROWS));
        DatasetVersion purged = getDataset(first.getName());
        assertThat(purged.getState()).isEqualTo(DatasetVersion.State.STATE_PURGED);
        assertThat(purged.getFilesList()).isEmpty();
        assertThat(purged.getSizeBytes()).isZero();
        assertThat(purged.getRowCount()).isEqualTo(first.getRowCount());
        assertThat(purged.getColumnsList())
                .allSatisfy(column -> assertThat(column.getDistinctValuesList()).isEmpty())
                .hasSameSizeAs(first.getColumnsList());
        assertThat(getDataset(second.getName())).isEqualTo(second);
        assertThat(tenant.download(tenant.name() + "/artifacts/" + RegistryTenant.sha256(shared)))
                .isEqualTo(shared);
    }

    @Test
    void removesFilesWithoutARowAndKeepsThoseOfUploads() throws IOException {
        byte[] lost = {7, 7};
        byte[] uploading = {8, 8, 8};
        plant(lost);
        TenantUpload upload = TenantUpload.begin(tenant, "u", uploading);
        upload.write(0, 3);
        // As if the service had died between the move of the file and its row.
        Files.delete(artifacts.directory().resolve(".uploads").resolve(part()));
        plant(uploading);

        List<GarbageItem> told = collected(collect(true));
        assertThat(Files.exists(file(lost))).isTrue();
        List<GarbageItem> collected = collected(collect(false));

        assertThat(collected).isEqualTo(told);
        assertThat(collected).singleElement().satisfies(item -> {
            assertThat(item.getKindValue()).isEqualTo(4);
            assertThat(item.getName()).isEqualTo(tenant.name() + "/artifacts/" + RegistryTenant.sha256(lost));
            assertThat(item.getReason()).isEqualTo("in the store, and neither an artifact nor an upload is of it");
        });
        assertThat(Files.exists(file(lost))).isFalse();
        assertThat(tenant.download(upload.finish().getName())).isEqualTo(uploading);
    }

    @Test
    void removesPartsThatNoUploadGoesOnWith() throws IOException {
        Path streamed = artifacts
                .directory()
                .resolve(".incoming")
                .resolve(UUID.randomUUID().toString());
        Path part = artifacts
                .directory()
                .resolve(".uploads")
                .resolve(UUID.randomUUID().toString());
        Path foreign = artifacts.directory().resolve(".uploads").resolve("notes.txt");
        Path young = artifacts
                .directory()
                .resolve(".incoming")
                .resolve(UUID.randomUUID().toString());
        for (Path file : List.of(streamed, part, foreign, young)) {
            Files.write(file, new byte[5]);
            Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(Duration.ofHours(25))));
        }
        Files.setLastModifiedTime(young, FileTime.from(Instant.now().minus(Duration.ofHours(23))));

        CollectGarbageResponse response = collect(false);

        assertThat(response.getItemsList())
                .filteredOn(item -> item.getKindValue() == 5)
                .extracting(GarbageItem::getName)
                .contains(".incoming/" + streamed.getFileName(), ".uploads/" + part.getFileName());
        assertThat(List.of(streamed, part)).noneMatch(Files::exists);
        assertThat(List.of(foreign, young)).allMatch(Files::exists);
        Files.delete(foreign);
        Files.delete(young);
    }

    @Test
    void isForAdministratorsAlone() {
        for (Role role : List.of(Role.TENANT, Role.WORKER)) {
            var caller = new Caller("x", Optional.of(tenant.id()), Set.of(role));
            Refusals.of(() -> GarbageServiceGrpc.newBlockingStub(callers.as(caller))
                            .collectGarbage(CollectGarbageRequest.newBuilder()
                                    .setValidateOnly(true)
                                    .build()))
                    .is(Status.Code.PERMISSION_DENIED, "ROLE_MISSING");
        }
    }

    @Test
    void waitsForABackup() {
        try (Handle backup = jdbi.open()) {
            backup.begin();
            backup.execute("SELECT pg_advisory_xact_lock_shared(?)", StoreLock.KEY);

            Refusals refusal = Refusals.of(() -> collect(false));

            refusal.is(Status.Code.ABORTED, "STORE_BUSY");
            assertThat(refusal.message()).isEqualTo("another collection or a backup is running (expected: neither)");
            assertThat(collection.tryCollect(() -> false)).isEmpty();
            var _ = collect(true);
            backup.rollback();
        }
        var _ = collect(false);
    }

    @Test
    void collectsByItselfNowAndThen() throws InterruptedException {
        byte[] content = {9, 9, 9, 9};
        GarbageCollector collector = new GarbageCollector(collection, every(Duration.ofMillis(10)));
        collector.start(new StartupEvent());
        try {
            tenant.upload(content);
            pass(Duration.ofHours(25));
            Eventually.see(() -> Files.exists(file(content)), there -> !there);
        } finally {
            collector.stop(new ShutdownEvent());
        }
    }

    private static RetentionConfig every(Duration interval) {
        return new RetentionConfig() {
            @Override
            public Duration deletedVersions() {
                return Duration.ofDays(30);
            }

            @Override
            public Duration unnamedArtifacts() {
                return Duration.ofHours(24);
            }

            @Override
            public Duration collectionInterval() {
                return interval;
            }
        };
    }

    private double objects() {
        return meters.counter("modelmill.garbage.objects", "kind", "ARTIFACT").count();
    }

    /** Lets time pass for what the tenant has. */
    private void pass(Duration time) {
        for (String sql : List.of(
                "UPDATE artifact SET name_time = name_time - make_interval(secs => :seconds)",
                "UPDATE model_version SET purge_time = purge_time - make_interval(secs => :seconds)",
                "UPDATE dataset_version SET purge_time = purge_time - make_interval(secs => :seconds)")) {
            jdbi.useHandle(handle -> handle.createUpdate(sql + " WHERE tenant = :tenant")
                    .bind("seconds", time.toSeconds())
                    .bind("tenant", tenant.id())
                    .execute());
        }
    }

    private CollectGarbageResponse collect(boolean validateOnly) {
        return GarbageServiceGrpc.newBlockingStub(
                        callers.as(new Caller("admin", Optional.empty(), Set.of(Role.PLATFORM_ADMIN))))
                .collectGarbage(CollectGarbageRequest.newBuilder()
                        .setValidateOnly(validateOnly)
                        .build());
    }

    /** Other tests' garbage is none of this one's business. */
    private List<GarbageItem> collected(CollectGarbageResponse response) {
        response.getTotalsList()
                .forEach(total -> assertThat(response.getItemsList())
                        .filteredOn(item -> item.getKind() == total.getKind())
                        .hasSizeLessThanOrEqualTo(Math.toIntExact(total.getCount())));
        return response.getItemsList().stream()
                .filter(item -> item.getName().startsWith(tenant.name() + "/"))
                .toList();
    }

    private void ask(byte[] content) {
        var _ = tenant.artifacts()
                .getArtifact(GetArtifactRequest.newBuilder()
                        .setName(tenant.name() + "/artifacts/" + RegistryTenant.sha256(content))
                        .build());
    }

    private Path file(byte[] content) {
        String sha256 = RegistryTenant.sha256(content);
        return artifacts
                .directory()
                .resolve(tenant.id())
                .resolve(sha256.substring(0, 2))
                .resolve(sha256);
    }

    private void plant(byte[] content) throws IOException {
        Path file = file(content);
        Files.createDirectories(file.getParent());
        Files.write(file, content);
    }

    private String part() {
        return jdbi.withHandle(
                handle -> handle.createQuery("SELECT part_id FROM artifact_upload WHERE tenant = :tenant")
                        .bind("tenant", tenant.id())
                        .mapTo(String.class)
                        .one());
    }

    private ModelVersion deleteVersion(String name) {
        return tenant.models()
                .deleteModelVersion(
                        DeleteModelVersionRequest.newBuilder().setName(name).build());
    }

    private void undelete(String name) {
        var _ = tenant.models()
                .undeleteModelVersion(
                        UndeleteModelVersionRequest.newBuilder().setName(name).build());
    }

    private DatasetVersion createDataset(String id, byte[]... files) {
        var dataset = tenant.datasets()
                .createDataset(CreateDatasetRequest.newBuilder()
                        .setParent(tenant.name())
                        .setDatasetId(id)
                        .build());
        DatasetVersion.Builder version = DatasetVersion.newBuilder().setFormat(DatasetVersion.Format.FORMAT_TEXT);
        for (int index = 0; index < files.length; index++) {
            version.addFilesBuilder().setPath("f" + index).setSha256(RegistryTenant.sha256(files[index]));
        }
        return tenant.datasets()
                .createDatasetVersion(CreateDatasetVersionRequest.newBuilder()
                        .setParent(dataset.getName())
                        .setDatasetVersion(version)
                        .build());
    }

    private void deleteDataset(String name) {
        var _ = tenant.datasets()
                .deleteDatasetVersion(
                        DeleteDatasetVersionRequest.newBuilder().setName(name).build());
    }

    private DatasetVersion getDataset(String name) {
        return tenant.datasets()
                .getDatasetVersion(
                        GetDatasetVersionRequest.newBuilder().setName(name).build());
    }
}
