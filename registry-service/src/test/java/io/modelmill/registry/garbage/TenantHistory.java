package io.modelmill.registry.garbage;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.modelmill.proto.registry.v1.Alias;
import io.modelmill.proto.registry.v1.ArchiveModelVersionRequest;
import io.modelmill.proto.registry.v1.CreateDatasetVersionRequest;
import io.modelmill.proto.registry.v1.CreateModelVersionRequest;
import io.modelmill.proto.registry.v1.DatasetFile;
import io.modelmill.proto.registry.v1.DatasetVersion;
import io.modelmill.proto.registry.v1.DeleteAliasRequest;
import io.modelmill.proto.registry.v1.DeleteDatasetVersionRequest;
import io.modelmill.proto.registry.v1.DeleteModelVersionRequest;
import io.modelmill.proto.registry.v1.FileKind;
import io.modelmill.proto.registry.v1.GetArtifactRequest;
import io.modelmill.proto.registry.v1.ModelFile;
import io.modelmill.proto.registry.v1.ModelVersion;
import io.modelmill.proto.registry.v1.RevokeModelVersionRequest;
import io.modelmill.proto.registry.v1.UndeleteDatasetVersionRequest;
import io.modelmill.proto.registry.v1.UndeleteModelVersionRequest;
import io.modelmill.proto.registry.v1.UpdateAliasRequest;
import io.modelmill.registry.fixture.RegistryTenant;
import io.modelmill.registry.fixture.TenantUpload;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.Set;

/** One who does at random all that a tenant can do. Several do so at the same time, to the same models and data sets. */
final class TenantHistory {
    static final String MODEL = "m";
    static final String DATASET = "d";
    /** A file that never comes, so that no version is ever validated: that takes a process each. */
    private static final ModelFile NEVER = ModelFile.newBuilder()
            .setPath("never.bin")
            .setKind(FileKind.FILE_KIND_OTHER)
            .setSha256("0".repeat(64))
            .build();
    /** What a tenant may be told when another of its threads or the collection was faster. */
    private static final Set<Status.Code> REFUSALS = Set.of(
            Status.Code.NOT_FOUND,
            Status.Code.FAILED_PRECONDITION,
            Status.Code.ABORTED,
            Status.Code.OUT_OF_RANGE,
            Status.Code.ALREADY_EXISTS);

    private final RegistryTenant tenant;
    private final Random random;
    private final List<byte[]> contents;
    private final StoreInvariants invariants;

    TenantHistory(RegistryTenant tenant, long seed, List<byte[]> contents, StoreInvariants invariants) {
        this.tenant = tenant;
        this.random = new Random(seed);
        this.contents = contents;
        this.invariants = invariants;
    }

    /** Does one thing. Only refusals that the API speaks of are taken. */
    void step() {
        try {
            act(random.nextInt(20));
        } catch (StatusRuntimeException refused) {
            if (!REFUSALS.contains(refused.getStatus().getCode())) {
                throw refused;
            }
        }
    }

    private void act(int action) {
        switch (action) {
            case 0, 1, 2 -> tenant.upload(content());
            case 3 -> createModelVersion(content());
            case 4, 5 -> createModelVersionOfAFileThatIsAboutToGo();
            case 6, 7 -> createDatasetVersion();
            case 8 -> upload();
            case 9 -> ask();
            case 10 -> invariants.promote(number());
            case 11 -> pointAt();
            case 12 -> deleteAlias();
            case 13 -> archiveOrRevoke();
            case 14, 15 -> deleteModelVersion();
            case 16 -> undeleteModelVersion();
            case 17 -> deleteDatasetVersion();
            case 18 -> undeleteDatasetVersion();
            default -> invariants.pass(List.of(1, 25, 25, 240, 750).get(random.nextInt(5)));
        }
    }

    private byte[] content() {
        return contents.get(random.nextInt(contents.size()));
    }

    private int number() {
        return 1 + random.nextInt(invariants.versions());
    }

    private String version() {
        return tenant.name() + "/models/" + MODEL + "/versions/" + number();
    }

    private String datasetVersion() {
        return tenant.name() + "/datasets/" + DATASET + "/versions/" + (1 + random.nextInt(20));
    }

    /** Nobody has named it yet and its day is over: whether it stays is decided while the version is made. */
    private void createModelVersionOfAFileThatIsAboutToGo() {
        byte[] fresh = ("fresh " + random.nextLong()).getBytes(StandardCharsets.UTF_8);
        invariants.add(fresh);
        tenant.upload(fresh);
        invariants.pass(25);
        createModelVersion(fresh);
    }

    private void createModelVersion(byte[] graph) {
        ModelVersion made = tenant.models()
                .createModelVersion(CreateModelVersionRequest.newBuilder()
                        .setParent(tenant.name() + "/models/" + MODEL)
                        .setModelVersion(ModelVersion.newBuilder()
                                .addFiles(RegistryTenant.file("model.onnx", graph))
                                .addFiles(RegistryTenant.file("more.bin", content())
                                        .setKind(FileKind.FILE_KIND_OTHER))
                                .addFiles(NEVER))
                        .build());
        made.getFilesList().stream()
                .filter(file -> file.getSizeBytes() > 0)
                .forEach(file -> invariants.pin(made.getName(), file.getSha256()));
    }

    private void createDatasetVersion() {
        try {
            DatasetVersion made = tenant.datasets()
                    .createDatasetVersion(CreateDatasetVersionRequest.newBuilder()
                            .setParent(tenant.name() + "/datasets/" + DATASET)
                            .setDatasetVersion(DatasetVersion.newBuilder()
                                    .setFormat(DatasetVersion.Format.FORMAT_TEXT)
                                    .addFiles(DatasetFile.newBuilder()
                                            .setPath("a")
                                            .setSha256(RegistryTenant.sha256(content())))
                                    .addFiles(DatasetFile.newBuilder()
                                            .setPath("b")
                                            .setSha256(RegistryTenant.sha256(content()))))
                            .build());
            made.getFilesList().forEach(file -> invariants.pin(made.getName(), file.getSha256()));
        } catch (StatusRuntimeException e) {
            // Somebody let a day pass while the files were read.
            if (e.getStatus().getCode() != Status.Code.UNAVAILABLE) {
                throw e;
            }
        }
    }

    private void upload() {
        byte[] content = content();
        TenantUpload upload = TenantUpload.begin(tenant, "u" + random.nextInt(3), content);
        upload.write(0, content.length);
        if (random.nextBoolean()) {
            upload.finish();
        }
    }

    private void ask() {
        var _ = tenant.artifacts()
                .getArtifact(GetArtifactRequest.newBuilder()
                        .setName(tenant.name() + "/artifacts/" + RegistryTenant.sha256(content()))
                        .build());
    }

    private String alias() {
        return tenant.name() + "/models/" + MODEL + "/aliases/a" + random.nextInt(2);
    }

    private void pointAt() {
        var _ = tenant.models()
                .updateAlias(UpdateAliasRequest.newBuilder()
                        .setAlias(Alias.newBuilder().setName(alias()).setVersion(version()))
                        .build());
    }

    private void deleteAlias() {
        var _ = tenant.models()
                .deleteAlias(DeleteAliasRequest.newBuilder().setName(alias()).build());
    }

    private void archiveOrRevoke() {
        if (random.nextBoolean()) {
            var _ = tenant.models()
                    .archiveModelVersion(ArchiveModelVersionRequest.newBuilder()
                            .setName(version())
                            .build());
        } else {
            var _ = tenant.models()
                    .revokeModelVersion(RevokeModelVersionRequest.newBuilder()
                            .setName(version())
                            .setReason("wrong")
                            .build());
        }
    }

    private void deleteModelVersion() {
        var _ = tenant.models()
                .deleteModelVersion(DeleteModelVersionRequest.newBuilder()
                        .setName(version())
                        .build());
    }

    private void undeleteModelVersion() {
        var _ = tenant.models()
                .undeleteModelVersion(UndeleteModelVersionRequest.newBuilder()
                        .setName(version())
                        .build());
    }

    private void deleteDatasetVersion() {
        var _ = tenant.datasets()
                .deleteDatasetVersion(DeleteDatasetVersionRequest.newBuilder()
                        .setName(datasetVersion())
                        .build());
    }

    private void undeleteDatasetVersion() {
        var _ = tenant.datasets()
                .undeleteDatasetVersion(UndeleteDatasetVersionRequest.newBuilder()
                        .setName(datasetVersion())
                        .build());
    }
}
