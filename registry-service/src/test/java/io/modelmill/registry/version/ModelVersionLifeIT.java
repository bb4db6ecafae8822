package io.modelmill.registry.version;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.modelmill.proto.registry.v1.Alias;
import io.modelmill.proto.registry.v1.CreateModelVersionRequest;
import io.modelmill.proto.registry.v1.FileKind;
import io.modelmill.proto.registry.v1.GetAliasRequest;
import io.modelmill.proto.registry.v1.Lineage;
import io.modelmill.proto.registry.v1.ListModelVersionsRequest;
import io.modelmill.proto.registry.v1.ListModelVersionsResponse;
import io.modelmill.proto.registry.v1.Model;
import io.modelmill.proto.registry.v1.ModelFile;
import io.modelmill.proto.registry.v1.ModelVersion;
import io.modelmill.proto.registry.v1.ModelVersion.State;
import io.modelmill.proto.registry.v1.TensorSpec;
import io.modelmill.registry.fixture.OnnxModels;
import io.modelmill.registry.fixture.Refusals;
import io.modelmill.registry.fixture.RegistryIntegrationTest;
import io.modelmill.registry.fixture.RegistryTenant;
import io.modelmill.servicekit.fixture.TestCallers;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@RegistryIntegrationTest
class ModelVersionLifeIT {
    private TestCallers callers;
    private RegistryTenant tenant;

    @BeforeEach
    void makeModel() {
        callers = TestCallers.connect();
        tenant = RegistryTenant.fresh(callers);
        tenant.createModel("digits");
    }

    @AfterEach
    void disconnect() {
        callers.close();
    }

    @Test
    void firstReadyVersionHasItsSignatureAndTakesProduction() {
        ModelVersion version = tenant.publish("digits", OnnxModels.classifier(4, 3));

        assertThat(version.getState()).as(version.getStateReason()).isEqualTo(State.STATE_READY);
        assertThat(version.getName()).isEqualTo(tenant.name() + "/models/digits/versions/1");
        assertThat(version.getSignature().getInputsList())
                .containsExactly(TensorSpec.newBuilder()
                        .setName("features")
                        .setDatatype("FP32")
                        .addAllShape(List.of(-1L, 4L))
                        .build());
        assertThat(version.getSignature().getOutputsList())
                .containsExactly(TensorSpec.newBuilder()
                        .setName("probabilities")
                        .setDatatype("FP32")
                        .addAllShape(List.of(-1L, 3L))
                        .build());
        assertThat(version.getFiles(0).getSizeBytes()).isEqualTo(OnnxModels.classifier(4, 3).length);
        assertThat(version.hasValidateTime()).isTrue();
        assertThat(production().getVersion()).isEqualTo(version.getName());
    }

    @Test
    void laterVersionTakesOnlyTheAliasesThatWereAskedFor() {
        tenant.publish("digits", OnnxModels.classifier(4, 3));
        byte[] second = OnnxModels.classifier(4, 5);
        tenant.upload(second);

        ModelVersion version = tenant.validated(tenant.models()
                .createModelVersion(
                        tenant.version("digits", second).addAliases("canary").build()));

        assertThat(version.getState()).isEqualTo(State.STATE_READY);
        assertThat(alias("canary").getVersion()).isEqualTo(version.getName());
        assertThat(production().getVersion()).endsWith("/versions/1");
        tenant.upload(OnnxModels.classifier(4, 6));
        ModelVersion third = tenant.validated(tenant.models()
                .createModelVersion(tenant.version("digits", OnnxModels.classifier(4, 6))
                        .addAliases("production")
                        .build()));
        assertThat(production().getVersion()).isEqualTo(third.getName());
    }

    @Test
    void waitsForFilesThatAreUploadedLater() {
        byte[] graph = OnnxModels.classifier(5, 3);
        ModelVersion pending = tenant.models()
                .createModelVersion(tenant.version("digits", graph).build());
        assertThat(pending.getState()).isEqualTo(State.STATE_PENDING_UPLOAD);
        assertThat(pending.getFiles(0).getSizeBytes()).isZero();

        tenant.upload(graph);

        ModelVersion version = tenant.validated(pending);
        assertThat(version.getState()).as(version.getStateReason()).isEqualTo(State.STATE_READY);
        assertThat(version.getFiles(0).getSizeBytes()).isEqualTo(graph.length);
    }

    @Test
    void readsWeightsOutsideOfTheGraph() {
        byte[] graph = OnnxModels.classifierWithExternalWeights(6, 2, "weights/layer.bin");
        tenant.upload(graph);
        tenant.upload(OnnxModels.weights(6, 2));

        ModelVersion version = create(List.of(
                RegistryTenant.file("graph/model.onnx", graph).build(),
                ModelFile.newBuilder()
                        .setPath("graph/weights/layer.bin")
                        .setKind(FileKind.FILE_KIND_EXTERNAL_DATA)
                        .setSha256(RegistryTenant.sha256(OnnxModels.weights(6, 2)))
                        .build()));

        assertThat(version.getState()).as(version.getStateReason()).isEqualTo(State.STATE_READY);
    }

    @Test
    void refusesWeightsOutsideOfTheVersion() {
        byte[] graph = OnnxModels.classifierWithExternalWeights(6, 2, "../../../../../../../../etc/passwd");
        tenant.upload(graph);

        ModelVersion version =
                create(List.of(RegistryTenant.file("model.onnx", graph).build()));

        assertThat(version.getState()).isEqualTo(State.STATE_REJECTED);
        assertThat(version.getStateReason()).startsWith("tensor \"weights\": external_data.location \"../../");
    }

    @Test
    void rejectsBytesThatAreNoModel() {
        byte[] noise = new byte[5_000];
        new Random(7).nextBytes(noise);

        assertRejected(noise, "file \"model.onnx\": cannot be read near byte ");
    }

    @Test
    void rejectsTruncatedModel() {
        byte[] graph = OnnxModels.classifier(64, 10);

        assertRejected(Arrays.copyOf(graph, graph.length - 100), "file \"model.onnx\": cannot be read near byte ");
    }

    @Test
    void rejectsEmptyFile() {
        assertRejected(new byte[0], "file \"model.onnx\": 0 bytes (expected: ");
    }

    @Test
    void rejectsModelThatFailsOnEveryRow() {
        assertRejected(OnnxModels.failing(), "the model fails on a row of zeros: ");
    }

    @Test
    void rejectsLabelsThatAreNotAsManyAsTheClasses() {
        byte[] graph = OnnxModels.classifier(4, 3);
        tenant.upload(graph);
        CreateModelVersionRequest.Builder request = tenant.version("digits", graph);
        request.getModelVersionBuilder().addAllClassLabels(List.of("a", "b"));

        ModelVersion version = tenant.validated(tenant.models().createModelVersion(request.build()));

        assertThat(version.getState()).isEqualTo(State.STATE_REJECTED);
        assertThat(version.getStateReason())
                .isEqualTo("class_labels: 2 labels (expected: 3, the last axis of the first output \"probabilities\")");
        assertThat(version.getClassLabelsList()).containsExactly("a", "b");
        Refusals.of(this::production).is(Status.Code.NOT_FOUND, "RESOURCE_NOT_FOUND");
    }

    @Test
    void numbersVersionsFromOneAndListsNewestFirst() {
        byte[] graph = OnnxModels.classifier(3, 2);
        for (int count = 1; count <= 5; count++) {
            ModelVersion version = tenant.models()
                    .createModelVersion(tenant.version("digits", graph).build());
            assertThat(version.getName()).endsWith("/versions/" + count);
        }
        ListModelVersionsRequest first = ListModelVersionsRequest.newBuilder()
                .setParent(tenant.name() + "/models/digits")
                .setPageSize(3)
                .build();
        ListModelVersionsResponse page = tenant.models().listModelVersions(first);
        assertThat(numbers(page)).containsExactly("5", "4", "3");
        ListModelVersionsResponse rest = tenant.models()
                .listModelVersions(
                        first.toBuilder().setPageToken(page.getNextPageToken()).build());
        assertThat(numbers(rest)).containsExactly("2", "1");
        assertThat(rest.getNextPageToken()).isEmpty();
    }

    @Test
    void answersTheSameVersionToTheSameRequestId() {
        CreateModelVersionRequest request = tenant.version("digits", OnnxModels.classifier(3, 2))
                .setRequestId("once")
                .build();
        ModelVersion first = tenant.models().createModelVersion(request);
        long revision = tenant.model("digits").getRevision();

        assertThat(tenant.models().createModelVersion(request)).isEqualTo(first);
        assertThat(tenant.model("digits").getRevision()).isEqualTo(revision);
    }

    @Test
    void aTrainingJobMakesOneVersionInWhateverModel() {
        tenant.createModel("other");
        RegistryTenant trainer = tenant.as(callers.service("training-service"));
        CreateModelVersionRequest.Builder request = tenant.version("digits", OnnxModels.classifier(3, 2));
        request.getModelVersionBuilder()
                .setLineage(Lineage.newBuilder().setTrainingJob(tenant.name() + "/trainingJobs/job-1"))
                .putAllMetrics(Map.of("test_accuracy", 0.97));
        ModelVersion first = trainer.models().createModelVersion(request.build());

        ModelVersion again = trainer.models()
                .createModelVersion(
                        request.setParent(tenant.name() + "/models/other").build());

        assertThat(again).isEqualTo(first);
        assertThat(first.getMetricsMap()).containsEntry("test_accuracy", 0.97);
        assertThat(first.getLineage().getTrainingJob()).isEqualTo(tenant.name() + "/trainingJobs/job-1");
    }

    @Test
    void onlyServicesNameATrainingJob() {
        CreateModelVersionRequest.Builder request = tenant.version("digits", OnnxModels.classifier(3, 2));
        request.getModelVersionBuilder()
                .setLineage(Lineage.newBuilder().setTrainingJob(tenant.name() + "/trainingJobs/job-1"));

        Refusals.of(() -> tenant.models().createModelVersion(request.build()))
                .is(Status.Code.PERMISSION_DENIED, "ROLE_MISSING");
    }

    @Test
    void everyStepRaisesTheRevision() {
        Model before = tenant.model("digits");
        byte[] graph = OnnxModels.classifier(3, 4);
        ModelVersion pending = tenant.models()
                .createModelVersion(tenant.version("digits", graph).build());
        tenant.upload(graph);
        tenant.validated(pending);

        Model after = tenant.model("digits");
        assertThat(after.getRevision()).isEqualTo(before.getRevision() + 3);
        assertThat(after.getEtag()).isEqualTo(before.getEtag());
    }

    private void assertRejected(byte[] graph, String reason) {
        ModelVersion version = tenant.publish("digits", graph);
        assertThat(version.getState()).isEqualTo(State.STATE_REJECTED);
        assertThat(version.getStateReason())
                .startsWith(reason)
                .doesNotContain("\n")
                .doesNotContain("modelmill-validation")
                .doesNotContain("ai.onnxruntime");
        assertThat(version.hasSignature()).isFalse();
    }

    private ModelVersion create(List<ModelFile> files) {
        return tenant.validated(tenant.models()
                .createModelVersion(CreateModelVersionRequest.newBuilder()
                        .setParent(tenant.name() + "/models/digits")
                        .setModelVersion(ModelVersion.newBuilder().addAllFiles(files))
                        .build()));
    }

    private Alias production() {
        return alias("production");
    }

    private Alias alias(String id) {
        return tenant.models()
                .getAlias(GetAliasRequest.newBuilder()
                        .setName(tenant.name() + "/models/digits/aliases/" + id)
                        .build());
    }

    private static List<String> numbers(ListModelVersionsResponse page) {
        return page.getModelVersionsList().stream()
                .map(version -> version.getName().substring(version.getName().lastIndexOf('/') + 1))
                .toList();
    }
}
