package io.modelmill.inference.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession;
import com.google.protobuf.ByteString;
import io.grpc.Status;
import io.modelmill.inference.fixture.Eventually;
import io.modelmill.inference.fixture.FakeRegistry;
import io.modelmill.inference.fixture.InferenceClient;
import io.modelmill.inference.fixture.RealBroker;
import io.modelmill.inference.fixture.SmallModels;
import io.modelmill.inference.fixture.TestModel;
import io.modelmill.inference.server.ServingServer;
import io.modelmill.proto.inference.InferTensorContents;
import io.modelmill.proto.inference.ModelInferRequest;
import io.modelmill.proto.inference.ModelInferResponse;
import io.modelmill.proto.inference.ModelMetadataRequest;
import io.modelmill.proto.inference.ModelMetadataResponse;
import io.modelmill.proto.inference.ServerLiveRequest;
import io.modelmill.proto.inference.ServerMetadataRequest;
import io.modelmill.proto.inference.ServerReadyRequest;
import io.modelmill.servicekit.fixture.TestCallers;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@QuarkusTest
@RealBroker
class PredictionIT {
    @Inject
    FakeRegistry registry;

    @Inject
    ServingServer server;

    private TestCallers callers;
    private InferenceClient client;

    @BeforeEach
    void connect() {
        callers = TestCallers.connect(server.port());
        client = new InferenceClient(callers.tenant("acme"));
    }

    @AfterEach
    void disconnect() {
        callers.close();
    }

    @Test
    void answersWithTheVersionThatTheAliasPointsAt() {
        served(new TestModel(registry, "acme", "aliased").scaling(1, 2).alias("production", 1), "aliased");

        ModelInferResponse response = client.infer(InferenceClient.scalingRequest("aliased", "").toBuilder()
                .setId("call-1")
                .build());

        assertThat(response.getModelName()).isEqualTo("aliased");
        assertThat(response.getModelVersion()).isEqualTo("1");
        assertThat(response.getId()).isEqualTo("call-1");
        assertThat(response.getOutputs(0).getName()).isEqualTo("y");
        assertThat(response.getOutputs(0).getDatatype()).isEqualTo("FP32");
        assertThat(response.getOutputs(0).getShapeList()).containsExactly(1L, 2L);
        assertThat(InferenceClient.floats(response.getRawOutputContents(0))).containsExactly(2f, 2f);
    }

    @Test
    void equalsARunInProcess() throws Exception {
        byte[] graph = SmallModels.classifier(7);
        served(
                new TestModel(registry, "acme", "in-process")
                        .version(1, graph, TestModel.classifierSignature())
                        .alias("production", 1),
                "in-process");
        Random random = new Random(1);
        float[] rows = new float[100 * 4];
        for (int index = 0; index < rows.length; index++) {
            rows[index] = (float) random.nextGaussian();
        }
        float[] expected = new float[100 * 3];
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        try (OrtSession session = environment.createSession(graph);
                OnnxTensor input = OnnxTensor.createTensor(environment, FloatBuffer.wrap(rows), new long[] {100, 4});
                OrtSession.Result result = session.run(java.util.Map.of("features", input))) {
            ((OnnxTensor) result.get(0)).getFloatBuffer().get(expected);
        }

        ModelInferResponse response = client.infer(InferenceClient.request(
                "in-process", "", "features", "FP32", List.of(100L, 4L), InferenceClient.floats(rows)));

        List<Float> answered = InferenceClient.floats(response.getRawOutputContents(0));
        assertThat(answered).hasSize(expected.length);
        for (int index = 0; index < expected.length; index++) {
            assertThat(answered.get(index)).isCloseTo(expected[index], within(1e-5f));
        }
    }

    @Test
    void answersTypedWhatIsAskedTyped() {
        served(new TestModel(registry, "acme", "typed").scaling(1, 3).alias("production", 1), "typed");

        ModelInferResponse response = client.infer(ModelInferRequest.newBuilder()
                .setModelName("typed")
                .addInputs(InferenceClient.input("x", "FP32", List.of(2L, 2L)).toBuilder()
                        .setContents(InferTensorContents.newBuilder().addAllFp32Contents(List.of(1f, 2f, 3f, 4f))))
                .build());

        assertThat(response.getRawOutputContentsCount()).isZero();
        assertThat(response.getOutputs(0).getShapeList()).containsExactly(2L, 2L);
        assertThat(response.getOutputs(0).getContents().getFp32ContentsList()).containsExactly(3f, 6f, 9f, 12f);
    }

    @ParameterizedTest
    @CsvSource({
        "FLOAT, FP32, 4", "DOUBLE, FP64, 8", "INT8, INT8, 1", "INT16, INT16, 2", "INT32, INT32, 4",
        "INT64, INT64, 8", "UINT8, UINT8, 1", "BOOL, BOOL, 1", "FLOAT16, FP16, 2", "BFLOAT16, BF16, 2"
    })
    void carriesEveryTypeOfFixedSize(TensorProto.DataType type, String datatype, int elementBytes) {
        String model = "carries-" + datatype.toLowerCase(java.util.Locale.ROOT);
        served(identity(model, type, datatype), model);
        byte[] bytes = new byte[6 * elementBytes];
        for (int index = 0; index < bytes.length; index++) {
            bytes[index] = (byte) ("BOOL".equals(datatype) ? index % 2 : index + 1);
        }

        ModelInferResponse response = client.infer(
                InferenceClient.request(model, "", "x", datatype, List.of(2L, 3L), ByteString.copyFrom(bytes)));

        assertThat(response.getOutputs(0).getDatatype()).isEqualTo(datatype);
        assertThat(response.getOutputs(0).getShapeList()).containsExactly(2L, 3L);
        assertThat(response.getRawOutputContents(0)).isEqualTo(ByteString.copyFrom(bytes));
    }

    @Test
    void carriesTextsRawAndTyped() {
        served(identity("carries-bytes", TensorProto.DataType.STRING, "BYTES"), "carries-bytes");
        List<String> texts = List.of("plain", "", "grüße", "日本語");

        ModelInferResponse raw = client.infer(InferenceClient.request(
                "carries-bytes",
                "",
                "x",
                "BYTES",
                List.of(2L, 2L),
                InferenceClient.texts(texts.toArray(String[]::new))));
        ModelInferResponse typed = client.infer(ModelInferRequest.newBuilder()
                .setModelName("carries-bytes")
                .addInputs(InferenceClient.input("x", "BYTES", List.of(2L, 2L)).toBuilder()
                        .setContents(InferTensorContents.newBuilder()
                                .addAllBytesContents(texts.stream()
                                        .map(ByteString::copyFromUtf8)
                                        .toList())))
                .build());

        assertThat(InferenceClient.texts(raw.getRawOutputContents(0))).isEqualTo(texts);
        assertThat(typed.getOutputs(0).getContents().getBytesContentsList())
                .extracting(ByteString::toStringUtf8)
                .isEqualTo(texts);
    }

    @Test
    void refusesTypesThatJavaCannotFeed() {
        TestModel model = identity("unsigned", TensorProto.DataType.UINT32, "UINT32");
        served(model, "unsigned");

        var refusal = InferenceClient.refusal(() -> client.infer(InferenceClient.request(
                "unsigned", "", "x", "UINT32", List.of(1L, 1L), ByteString.copyFrom(new byte[4]))));

        assertThat(refusal.code()).isEqualTo(Status.Code.UNIMPLEMENTED);
        assertThat(refusal.reason()).isEqualTo("DATATYPE_NOT_CARRIED");
        assertThat(refusal.message()).contains("UINT32");
    }

    @Test
    void answersTypesThatJavaCannotFeed() {
        TestModel model = new TestModel(registry, "acme", "unsigned-out")
                .version(
                        1,
                        SmallModels.castTo(TensorProto.DataType.UINT64),
                        TestModel.signature(
                                List.of(TestModel.spec("x", "FP32", -1, -1)),
                                List.of(TestModel.spec("y", "UINT64", -1, -1))))
                .alias("production", 1);
        served(model, "unsigned-out");

        ModelInferResponse response = client.infer(ModelInferRequest.newBuilder()
                .setModelName("unsigned-out")
                .addInputs(InferenceClient.input("x", "FP32", List.of(1L, 1L)).toBuilder()
                        .setContents(InferTensorContents.newBuilder().addFp32Contents(7)))
                .build());

        assertThat(response.getOutputs(0).getContents().getUint64ContentsList()).containsExactly(7L);
    }

    @Test
    void answersTheHighestClassesWithTheirLabels() {
        served(
                new TestModel(registry, "acme", "labelled")
                        .version(
                                1,
                                SmallModels.classifier(3),
                                TestModel.classifierSignature(),
                                "cat",
                                "dog",
                                "time: now")
                        .alias("production", 1),
                "labelled");
        ModelInferRequest plain = InferenceClient.request(
                "labelled", "", "features", "FP32", List.of(2L, 4L), InferenceClient.floats(1, 2, 3, 4, 4, 3, 2, 1));
        List<Float> probabilities = InferenceClient.floats(client.infer(plain).getRawOutputContents(0));

        ModelInferResponse response = client.infer(plain.toBuilder()
                .addOutputs(InferenceClient.classes("probabilities", InferenceClient.number(2)))
                .build());

        assertThat(response.getOutputs(0).getDatatype()).isEqualTo("BYTES");
        assertThat(response.getOutputs(0).getShapeList()).containsExactly(2L, 2L);
        List<String> classes = InferenceClient.texts(response.getRawOutputContents(0));
        assertThat(classes).hasSize(4);
        List<String> labels = Arrays.asList("cat", "dog", "time: now");
        for (int row = 0; row < 2; row++) {
            List<Float> values = probabilities.subList(row * 3, row * 3 + 3);
            List<String> expected = java.util.stream.IntStream.range(0, 3)
                    .boxed()
                    .sorted(java.util.Comparator.comparing(values::get).reversed())
                    .limit(2)
                    .map(index -> values.get(index) + ":" + index + ":" + labels.get(index))
                    .toList();
            assertThat(classes.subList(row * 2, row * 2 + 2)).isEqualTo(expected);
        }
    }

    @Test
    void leavesOutLabelsThatTheVersionDoesNotHave() {
        served(
                new TestModel(registry, "acme", "unlabelled")
                        .version(1, SmallModels.classifier(3), TestModel.classifierSignature())
                        .alias("production", 1),
                "unlabelled");

        ModelInferResponse response =
                client.infer(InferenceClient.request(
                                "unlabelled",
                                "",
                                "features",
                                "FP32",
                                List.of(1L, 4L),
                                InferenceClient.floats(1, 2, 3, 4))
                        .toBuilder()
                        .addOutputs(InferenceClient.classes("probabilities", InferenceClient.number(1)))
                        .build());

        assertThat(InferenceClient.texts(response.getRawOutputContents(0)))
                .singleElement()
                .asString()
                .matches("[0-9.E-]+:[0-2]");
    }

    @Test
    void tellsMetadata() {
        served(
                new TestModel(registry, "acme", "described")
                        .scaling(1, 2)
                        .version(2, SmallModels.classifier(1), TestModel.classifierSignature())
                        .alias("production", 1),
                "described");

        ModelMetadataResponse production = client.stub()
                .modelMetadata(
                        ModelMetadataRequest.newBuilder().setName("described").build());
        ModelMetadataResponse second = client.stub()
                .modelMetadata(ModelMetadataRequest.newBuilder()
                        .setName("described")
                        .setVersion("2")
                        .build());

        assertThat(production.getName()).isEqualTo("described");
        assertThat(production.getVersionsList()).containsExactly("1", "2");
        assertThat(production.getPlatform()).isEqualTo("onnxruntime_onnx");
        assertThat(production.getInputs(0).getName()).isEqualTo("x");
        assertThat(second.getInputs(0).getName()).isEqualTo("features");
        assertThat(second.getInputs(0).getDatatype()).isEqualTo("FP32");
        assertThat(second.getInputs(0).getShapeList()).containsExactly(-1L, 4L);
        assertThat(second.getOutputs(0).getShapeList()).containsExactly(-1L, 3L);
    }

    @Test
    void tellsAboutTheServer() {
        assertThat(client.stub()
                        .serverLive(ServerLiveRequest.getDefaultInstance())
                        .getLive())
                .isTrue();
        Eventually.until(
                "the server is ready",
                () -> client.stub()
                        .serverReady(ServerReadyRequest.getDefaultInstance())
                        .getReady());
        var metadata = client.stub().serverMetadata(ServerMetadataRequest.getDefaultInstance());
        assertThat(metadata.getName()).isEqualTo("modelmill");
        assertThat(metadata.getVersion()).isNotEmpty();
        assertThat(metadata.getExtensionsList())
                .containsExactly("classification", "model_configuration", "statistics", "model_repository");
    }

    private TestModel identity(String model, TensorProto.DataType type, String datatype) {
        return new TestModel(registry, "acme", model)
                .version(
                        1,
                        SmallModels.identity(type),
                        TestModel.signature(
                                List.of(TestModel.spec("x", datatype, -1, -1)),
                                List.of(TestModel.spec("y", datatype, -1, -1))))
                .alias("production", 1);
    }

    private void served(TestModel model, String name) {
        model.publish();
        Eventually.until(name + " is loaded", () -> client.isReady(name, ""));
    }
}
