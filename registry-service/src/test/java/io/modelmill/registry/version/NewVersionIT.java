package io.modelmill.registry.version;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.modelmill.proto.registry.v1.CreateModelVersionRequest;
import io.modelmill.proto.registry.v1.FileKind;
import io.modelmill.proto.registry.v1.GetModelVersionRequest;
import io.modelmill.proto.registry.v1.Lineage;
import io.modelmill.proto.registry.v1.ListModelVersionsRequest;
import io.modelmill.proto.registry.v1.ModelFile;
import io.modelmill.proto.registry.v1.ModelVersion;
import io.modelmill.registry.fixture.OnnxModels;
import io.modelmill.registry.fixture.Refusals;
import io.modelmill.registry.fixture.RegistryIntegrationTest;
import io.modelmill.registry.fixture.RegistryTenant;
import io.modelmill.servicekit.fixture.TestCallers;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What CreateModelVersion refuses at the door. */
@RegistryIntegrationTest
class NewVersionIT {
    private static final String SHA256 = "0".repeat(64);

    private TestCallers callers;
    private RegistryTenant tenant;

    @BeforeEach
    void connect() {
        callers = TestCallers.connect();
        tenant = RegistryTenant.fresh(callers);
        tenant.createModel("digits");
    }

    @AfterEach
    void disconnect() {
        callers.close();
    }

    @Test
    void needsExactlyOneGraph() {
        refuse(ModelVersion.newBuilder()).isInvalid("model_version.files");
        Refusals two =
                refuse(ModelVersion.newBuilder().addFiles(graph("a.onnx")).addFiles(graph("b.onnx")));
        two.isInvalid("model_version.files");
        assertThat(two.fields().getFirst().getDescription())
                .isEqualTo("\"2 files of FILE_KIND_ONNX_MODEL\" (expected: exactly one)");
    }

    @Test
    void namesEveryWrongFile() {
        refuse(ModelVersion.newBuilder()
                        .addFiles(graph("../model.onnx"))
                        .addFiles(other("/etc/passwd"))
                        .addFiles(other("data"))
                        .addFiles(other("data"))
                        .addFiles(other("data/layer"))
                        .addFiles(other("x").setSha256("abc")))
                .isInvalid(
                        "model_version.files[0].path",
                        "model_version.files[1].path",
                        "model_version.files[3].path",
                        "model_version.files[5].sha256",
                        "model_version.files[4].path");
        refuse(ModelVersion.newBuilder()
                        .addFiles(graph("model.onnx"))
                        .addFiles(ModelFile.newBuilder().setPath("x").setSha256(SHA256)))
                .isInvalid("model_version.files[1].kind");
    }

    @Test
    void namesWrongLabelsMetricsAndAliases() {
        CreateModelVersionRequest request = CreateModelVersionRequest.newBuilder()
                .setParent(tenant.name() + "/models/digits")
                .setModelVersion(ModelVersion.newBuilder()
                        .addFiles(graph("model.onnx"))
                        .addAllClassLabels(List.of("a", "", "a", "b\0"))
                        .putMetrics("Accuracy!", 1)
                        .putMetrics("loss", Double.NaN))
                .addAliases("Production")
                .build();

        Refusals refusal = Refusals.of(() -> tenant.models().createModelVersion(request));

        assertThat(refusal.code()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(refusal.fields())
                .extracting(com.google.rpc.BadRequest.FieldViolation::getField)
                .containsExactlyInAnyOrder(
                        "model_version.class_labels[1]",
                        "model_version.class_labels[2]",
                        "model_version.class_labels[3]",
                        "model_version.metrics",
                        "model_version.metrics[loss]",
                        "aliases[0]");
    }

    @Test
    void namesWrongLineage() {
        RegistryTenant trainer = tenant.as(callers.service("training-service"));
        CreateModelVersionRequest request = CreateModelVersionRequest.newBuilder()
                .setParent(tenant.name() + "/models/digits")
                .setModelVersion(ModelVersion.newBuilder()
                        .addFiles(graph("model.onnx"))
                        .setLineage(Lineage.newBuilder()
                                .setTrainingJob("tenants/another/trainingJobs/job-1")
                                .setDatasetVersion("iris")
                                .setParentVersion(tenant.name() + "/models/digits/versions/0")))
                .build();

        Refusals.of(() -> trainer.models().createModelVersion(request))
                .isInvalid(
                        "model_version.lineage.training_job",
                        "model_version.lineage.dataset_version",
                        "model_version.lineage.parent_version");
    }

    @Test
    void foreignAndMissingNamesAreNotFound() {
        RegistryTenant intruder =
                tenant.as(callers.tenant(RegistryTenant.fresh(callers).id()));
        CreateModelVersionRequest request =
                tenant.version("digits", OnnxModels.classifier(2, 2)).build();

        Refusals.of(() -> intruder.models().createModelVersion(request))
                .is(Status.Code.NOT_FOUND, "RESOURCE_NOT_FOUND");
        Refusals.of(() -> tenant.models()
                        .createModelVersion(request.toBuilder()
                                .setParent(tenant.name() + "/models/nothing")
                                .build()))
                .is(Status.Code.NOT_FOUND, "RESOURCE_NOT_FOUND");
        Refusals.of(() -> tenant.get(tenant.name() + "/models/digits/versions/1"))
                .is(Status.Code.NOT_FOUND, "RESOURCE_NOT_FOUND");
        Refusals.of(() -> tenant.models()
                        .getModelVersion(GetModelVersionRequest.newBuilder()
                                .setName(tenant.name() + "/models/digits/versions/zero")
                                .build()))
                .isInvalid("name");
        Refusals.of(() -> tenant.models()
                        .listModelVersions(ListModelVersionsRequest.newBuilder()
                                .setParent(tenant.name() + "/models/digits")
                                .setPageToken("eA")
                                .build()))
                .isInvalid("page_token");
    }

    private Refusals refuse(ModelVersion.Builder version) {
        CreateModelVersionRequest request = CreateModelVersionRequest.newBuilder()
                .setParent(tenant.name() + "/models/digits")
                .setModelVersion(version)
                .build();
        return Refusals.of(() -> tenant.models().createModelVersion(request));
    }

    private static ModelFile.Builder graph(String path) {
        return other(path).setKind(FileKind.FILE_KIND_ONNX_MODEL);
    }

    private static ModelFile.Builder other(String path) {
        return ModelFile.newBuilder()
                .setPath(path)
                .setKind(FileKind.FILE_KIND_OTHER)
                .setSha256(SHA256);
    }
}
