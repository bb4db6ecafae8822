package io.modelmill.inference.repository;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ClientInterceptors;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.stub.MetadataUtils;
import io.modelmill.inference.fixture.Eventually;
import io.modelmill.inference.fixture.InferenceClient;
import io.modelmill.inference.fixture.ModelFolder;
import io.modelmill.inference.fixture.SmallModels;
import io.modelmill.inference.fixture.StandaloneProcess;
import io.modelmill.proto.inference.ModelInferRequest;
import io.modelmill.proto.inference.ModelMetadataRequest;
import io.modelmill.proto.inference.ModelRepositoryParameter;
import io.modelmill.proto.inference.RepositoryIndexRequest;
import io.modelmill.proto.inference.RepositoryModelLoadRequest;
import io.modelmill.proto.inference.RepositoryModelUnloadRequest;
import io.modelmill.servicekit.security.TokenKeys;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The packaged service on folders of models, as a process of its own. */
class StandaloneIT {
    @TempDir
    Path directory;

    private ModelFolder models;
    private Path log;

    @BeforeEach
    void makeFolder() throws IOException {
        models = new ModelFolder(Files.createDirectory(directory.resolve("models")));
        log = directory.resolve("log");
    }

    @Test
    void servesAFolderAndFollowsItsChanges() throws Exception {
        models.graph("scaling", 1, SmallModels.scaling(1))
                .graph("bge-small-en-v1.5", 3, SmallModels.scaling(5))
                .graph("damaged", 1, "no graph".getBytes(UTF_8))
                .graph("With_External", 1, SmallModels.scalingWithExternalData())
                .file("With_External", 1, "weights/factor.bin", floats(7, 8));
        try (StandaloneProcess service = StandaloneProcess.start(models.directory(), log)) {
            InferenceClient client = service.client();
            assertThat(client.factor("scaling", "")).isEqualTo(1f);
            assertThat(client.factor("scaling", "1")).isEqualTo(1f);
            assertThat(client.factor("local.scaling", "")).isEqualTo(1f);
            assertThat(client.factor("bge-small-en-v1.5", "")).isEqualTo(5f);
            assertThat(client.factor("With_External", "")).isEqualTo(7f);
            assertThat(client.stub()
                            .modelMetadata(ModelMetadataRequest.newBuilder()
                                    .setName("scaling")
                                    .build())
                            .getInputs(0)
                            .getShapeList())
                    .containsExactly(-1L, 2L);
            InferenceClient.Refusal damaged = InferenceClient.refusal(() -> client.factor("damaged", ""));
            assertThat(damaged.code()).isEqualTo(Status.Code.UNAVAILABLE);
            assertThat(damaged.message()).contains("ONNX Runtime refuses the graph");
            assertThat(service.log()).contains("tenants/local/models/damaged/versions/1: not loaded");

            models.graph("scaling", 2, SmallModels.scaling(2));
            Eventually.until("the new version answers", () -> client.factor("scaling", "") == 2f);
            assertThat(client.factor("scaling", "1")).isEqualTo(1f);

            models.graph("scaling", 2, SmallModels.scaling(3));
            Eventually.until("the changed version answers", () -> client.factor("scaling", "") == 3f);

            models.delete("scaling", 2);
            Eventually.until("the version before answers", () -> client.factor("scaling", "") == 1f);
            assertThat(InferenceClient.refusal(() -> client.factor("scaling", "2"))
                            .code())
                    .isEqualTo(Status.Code.NOT_FOUND);

            models.graph("damaged", 1, SmallModels.scaling(9));
            Eventually.until("the mended version answers", () -> client.isReady("damaged", ""));
            assertThat(client.factor("damaged", "")).isEqualTo(9f);

            models.delete("damaged");
            Eventually.until("the model is gone", () -> !client.isReady("damaged", ""));
            assertThat(InferenceClient.refusal(() -> client.factor("damaged", ""))
                            .code())
                    .isEqualTo(Status.Code.NOT_FOUND);

            assertThat(service.terminate()).as(service.log()).isIn(0, 143);
        }
    }

    @Test
    void takesHowAVersionIsServedFromTheFileBesideIt() {
        models.graph("classes", 1, SmallModels.classifier(1))
                .file("classes", 1, "serving.json", "{\"classLabels\": [\"cat\", \"cat\", \"cat\"]}".getBytes(UTF_8))
                .graph("classes", 2, SmallModels.classifier(1))
                .file("classes", 2, "serving.json", "{\"instances\": 0}".getBytes(UTF_8));
        try (StandaloneProcess service = StandaloneProcess.start(models.directory(), log)) {
            InferenceClient client = service.client();
            ModelMetadataRequest first = ModelMetadataRequest.newBuilder()
                    .setName("classes")
                    .setVersion("1")
                    .build();
            assertThat(client.stub().modelMetadata(first).getInputs(0).getName())
                    .as("the signature of a version that was not loaded before")
                    .isEqualTo("features");
            ModelInferRequest.Builder request = InferenceClient.request(
                            "classes", "1", "features", "FP32", List.of(1L, 4L), InferenceClient.floats(1, 2, 3, 4))
                    .toBuilder()
                    .addOutputs(InferenceClient.classes("probabilities", InferenceClient.number(1)));
            assertThat(InferenceClient.texts(client.infer(request.build()).getRawOutputContents(0)))
                    .singleElement()
                    .asString()
                    .endsWith(":cat");

            assertThat(InferenceClient.refusal(() ->
                                    client.infer(request.setModelVersion("").build()))
                            .message())
                    .contains("serving.json: instances: 0 (expected: a whole number from 1 to 64)");
        }
    }

    @Test
    void keepsTheOldFilesAnsweringWhileNewOnesCannotBeLoaded() {
        models.graph("scaling", 1, SmallModels.scaling(1));
        try (StandaloneProcess service = StandaloneProcess.start(models.directory(), log)) {
            InferenceClient client = service.client();
            models.graph("scaling", 1, "no graph".getBytes(UTF_8));
            Eventually.until("the new file was tried", () -> service.log().contains("versions/1: not loaded"));

            assertThat(client.factor("scaling", "")).isEqualTo(1f);
            assertThat(client.ready("scaling", "")).isFalse();
        }
    }

    @Test
    void unloadsAndLoadsModelsAtACallersWord() {
        models.graph("scaling", 1, SmallModels.scaling(1)).graph("other", 1, SmallModels.scaling(5));
        try (StandaloneProcess service = StandaloneProcess.start(models.directory(), log)) {
            InferenceClient client = service.client();
            assertThat(client.factor("scaling", "")).isEqualTo(1f);

            unload(client, "scaling");

            for (String version : List.of("", "1", "production")) {
                InferenceClient.Refusal refusal = InferenceClient.refusal(() -> client.factor("scaling", version));
                assertThat(refusal.code()).as(version).isEqualTo(Status.Code.FAILED_PRECONDITION);
                assertThat(refusal.reason()).isEqualTo("VERSION_WITHDRAWN");
                assertThat(refusal.message())
                        .isEqualTo("tenants/local/models/scaling/versions/1 is not served: withdrawn by"
                                + " RepositoryModelUnload (expected: RepositoryModelLoad, which brings it back)");
                assertThat(client.ready("scaling", version)).isFalse();
            }
            assertThat(InferenceClient.refusal(() -> client.factor("scaling", "2"))
                            .code())
                    .as("a version that is not there")
                    .isEqualTo(Status.Code.NOT_FOUND);
            assertThat(index(client, "scaling"))
                    .containsExactly("1 UNAVAILABLE withdrawn by RepositoryModelUnload (expected: RepositoryModelLoad,"
                            + " which brings it back)");
            assertThat(client.factor("other", "")).isEqualTo(5f);
            unload(client, "scaling");

            models.graph("scaling", 2, SmallModels.scaling(2));
            Eventually.until(
                    "the new version is seen", () -> index(client, "scaling").size() == 2);
            assertThat(index(client, "scaling"))
                    .as("a change of its folder does not bring it back")
                    .allSatisfy(version -> assertThat(version).contains("UNAVAILABLE withdrawn"));

            var _ = client.stub()
                    .repositoryModelLoad(RepositoryModelLoadRequest.newBuilder()
                            .setModelName("scaling")
                            .build());

            assertThat(client.factor("scaling", "")).as("the highest").isEqualTo(2f);
            assertThat(client.factor("scaling", "1")).isEqualTo(1f);
            assertThat(client.ready("scaling", "")).isTrue();
        }
    }

    private static void unload(InferenceClient client, String model) {
        // As the protocol's usual clients send it.
        var _ = client.stub()
                .repositoryModelUnload(RepositoryModelUnloadRequest.newBuilder()
                        .setModelName(model)
                        .putParameters(
                                "unload_dependents",
                                ModelRepositoryParameter.newBuilder()
                                        .setBoolParam(false)
                                        .build())
                        .build());
    }

    private static List<String> index(InferenceClient client, String model) {
        return client.stub().repositoryIndex(RepositoryIndexRequest.getDefaultInstance()).getModelsList().stream()
                .filter(version -> version.getName().equals(model))
                .map(version -> version.getVersion() + " " + version.getState() + " " + version.getReason())
                .toList();
    }

    @Test
    void takesTenantsAtTheirWord() {
        models.graph("scaling", 1, SmallModels.scaling(1));
        try (StandaloneProcess service = StandaloneProcess.start(models.directory(), log)) {
            assertThat(as(service, "acme").factor("scaling", "")).isEqualTo(1f);
            assertThat(as(service, "acme").factor("local.scaling", "")).isEqualTo(1f);
            assertThat(InferenceClient.refusal(() -> as(service, "acme").factor("acme.scaling", ""))
                            .code())
                    .isEqualTo(Status.Code.NOT_FOUND);

            InferenceClient.Refusal refusal =
                    InferenceClient.refusal(() -> as(service, "No Tenant").factor("scaling", ""));
            assertThat(refusal.code()).isEqualTo(Status.Code.INVALID_ARGUMENT);
            assertThat(refusal.violations())
                    .containsExactly("x-modelmill-tenant: \"No Tenant\" (expected: [a-z][a-z0-9-]{0,62})");
        }
    }

    private static InferenceClient as(StandaloneProcess service, String tenant) {
        Metadata headers = new Metadata();
        headers.put(Metadata.Key.of("x-modelmill-tenant", Metadata.ASCII_STRING_MARSHALLER), tenant);
        return new InferenceClient(
                ClientInterceptors.intercept(service.channel(), MetadataUtils.newAttachHeadersInterceptor(headers)));
    }

    @Test
    void refusesWhatItCannotServe() throws Exception {
        models.graph("scaling", 1, SmallModels.scaling(1));
        Path empty = Files.createDirectory(directory.resolve("empty"));
        Files.createDirectories(empty.resolve("model/first"));

        assertThat(ended(
                        List.of(),
                        Map.of(),
                        "--model-repository",
                        directory.resolve("away").toString()))
                .isEqualTo(1);
        assertThat(Files.readString(log))
                .contains("away: not there (expected: a folder with MODEL/VERSION/model.onnx)");
        assertThat(ended(List.of(), Map.of(), "--model-repository", empty.toString()))
                .isEqualTo(1);
        assertThat(Files.readString(log))
                .contains("empty: no model in it (expected: MODEL/VERSION/model.onnx)")
                .contains("model/first: not served (expected: a version's number from 1)");
        assertThat(ended(
                        List.of(),
                        Map.of(),
                        "--model-repository",
                        models.directory().toString(),
                        "--port",
                        "0"))
                .isEqualTo(2);
        assertThat(Files.readString(log)).contains("--port: 0 (expected: 1 to 65535)");
        assertThat(ended(List.of(), Map.of(), "--frob")).isEqualTo(2);
        assertThat(ended(List.of(), Map.of(), "--help")).isZero();
        assertThat(Files.readString(log)).contains("--model-repository=DIR");
    }

    @Test
    void neverDropsTheTokensOfAFleet() throws Exception {
        models.graph("scaling", 1, SmallModels.scaling(1));

        assertThat(ended(
                        List.of("-Dmodelmill.security.trusted-keys-file=/keys.json"),
                        Map.of(
                                "MODELMILL_REPOSITORY_DIRECTORY",
                                models.directory().toString())))
                .isEqualTo(1);
        assertThat(Files.readString(log)).contains("not set beside modelmill.security.trusted-keys-file");
        Path key = Files.writeString(
                directory.resolve("key.json"),
                TokenKeys.privateJson(
                        TokenKeys.generate(List.of("inference-service")).getFirst()));
        assertThat(ended(List.of("-Dmodelmill.security.signing-key-file=" + key), Map.of()))
                .isEqualTo(1);
        assertThat(Files.readString(log))
                .contains("modelmill.security.trusted-keys-file: not set (expected: a JSON Web Key Set)");
    }

    private int ended(List<String> options, Map<String, String> environment, String... arguments) throws Exception {
        Process process = StandaloneProcess.launch(log, options, environment, arguments);
        try {
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("it ends").isTrue();
            return process.exitValue();
        } finally {
            process.destroyForcibly();
        }
    }

    private static byte[] floats(float... values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            bytes.putFloat(value);
        }
        return bytes.array();
    }
}
