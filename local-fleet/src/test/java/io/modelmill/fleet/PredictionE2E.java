package io.modelmill.fleet;

import static io.modelmill.fleet.fixture.StatusAssert.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import com.google.common.primitives.Floats;
import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import io.grpc.Status;
import io.grpc.StatusException;
import io.modelmill.fleet.client.PredictionClient.Probabilities;
import io.modelmill.fleet.client.PredictionClient.TopClass;
import io.modelmill.fleet.fixture.EndToEnd;
import io.modelmill.fleet.fixture.RunningFleet;
import io.modelmill.fleet.fixture.StatusAssert;
import io.modelmill.fleet.fixture.TenantAccess;
import io.modelmill.fleet.fixture.TrainedDigits;
import io.modelmill.proto.inference.ModelInferRequest;
import io.modelmill.proto.inference.ModelInferRequest.InferInputTensor;
import io.modelmill.proto.inference.ModelInferResponse;
import io.modelmill.proto.inference.ModelMetadataRequest;
import io.modelmill.proto.inference.ModelMetadataResponse;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@EndToEnd
class PredictionE2E {
    private static final float LARGEST_DIFFERENCE = 1e-5f;

    private RunningFleet fleet;
    private TrainedDigits digits;
    private TenantAccess tenant;

    @BeforeEach
    void train(RunningFleet running) throws StatusException {
        fleet = running;
        digits = running.digits();
        tenant = digits.owner();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 100})
    void answersAsOnnxRuntimeInProcess(int count) throws Exception {
        List<float[]> rows = digits.rows().subList(0, count);

        Probabilities answer = tenant.predictions().predict(TrainedDigits.MODEL, "", rows);

        assertThat(answer.version()).isEqualTo(digits.number());
        float[][] expected = runInProcess(rows);
        for (int row = 0; row < count; row++) {
            assertThat(answer.probabilities().get(row)).containsExactly(expected[row], offset(LARGEST_DIFFERENCE));
        }
    }

    @Test
    void answersTheLabelOfTheMostProbableClass() throws StatusException {
        List<TopClass> top = tenant.predictions().classify(TrainedDigits.MODEL, digits.number(), digits.rows());
        List<float[]> probabilities = tenant.predictions()
                .predict(TrainedDigits.MODEL, digits.number(), digits.rows())
                .probabilities();

        assertThat(top).hasSameSizeAs(probabilities);
        for (int row = 0; row < top.size(); row++) {
            TopClass answer = top.get(row);
            float[] all = probabilities.get(row);
            assertThat(all[answer.index()]).isEqualTo(Floats.max(all));
            assertThat(answer.probability()).isCloseTo(all[answer.index()], offset(LARGEST_DIFFERENCE));
            assertThat(answer.label()).isEqualTo(digits.version().classLabels().get(answer.index()));
        }
        // The data set begins with the digits in order.
        assertThat(top.subList(0, 5)).extracting(TopClass::label).containsExactly("0", "1", "2", "3", "4");
    }

    @Test
    void tellsTheModelsSignature() throws StatusException {
        ModelMetadataResponse metadata = tenant.inference()
                .modelMetadata(ModelMetadataRequest.newBuilder()
                        .setName(TrainedDigits.MODEL)
                        .build());

        assertThat(metadata.getPlatform()).isEqualTo("onnxruntime_onnx");
        assertThat(metadata.getVersionsList()).contains(digits.number());
        assertThat(metadata.getInputs(0).getName()).isEqualTo("features");
        assertThat(metadata.getInputs(0).getDatatype()).isEqualTo("FP32");
        assertThat(metadata.getInputs(0).getShapeList()).containsExactly(-1L, 64L);
        assertThat(metadata.getOutputs(0).getName()).isEqualTo("probabilities");
    }

    @Test
    void answersJsonOverRest() throws Exception {
        List<float[]> rows = digits.rows().subList(0, 3);
        HttpResponse<String> response = post(
                "/v2/models/digits/infer",
                "{\"id\":\"r1\",\"inputs\":[{\"name\":\"features\",\"datatype\":\"FP32\",\"shape\":[3,64],\"data\":["
                        + String.join(
                                ",", rows.stream().map(PredictionE2E::json).toList()) + "]}]}",
                tenant.key());

        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        ModelInferResponse.Builder head = ModelInferResponse.newBuilder();
        JsonFormat.parser().ignoringUnknownFields().merge(response.body(), (Message.Builder) head);
        assertThat(head.getModelName()).isEqualTo(TrainedDigits.MODEL);
        assertThat(head.getModelVersion()).isEqualTo(digits.number());
        assertThat(head.getId()).isEqualTo("r1");
        assertThat(head.getOutputs(0).getShapeList()).containsExactly(3L, 10L);
        String data = response.body().replaceAll("(?s).*\"data\":\\[([^]]*)].*", "$1");
        float[] values = toFloats(data);
        float[][] expected = runInProcess(rows);
        for (int row = 0; row < 3; row++) {
            assertThat(Arrays.copyOfRange(values, row * 10, row * 10 + 10))
                    .containsExactly(expected[row], offset(LARGEST_DIFFERENCE));
        }
    }

    @Test
    void refusesOverRestWithTheCodeOfHttp() throws Exception {
        String body = "{\"inputs\":[{\"name\":\"nonsense\",\"datatype\":\"FP32\",\"shape\":[1,1],\"data\":[0]}]}";

        assertThat(post("/v2/models/digits/infer", body, tenant.key()).statusCode())
                .isEqualTo(400);
        assertThat(post("/v2/models/digits/infer", body, tenant.key()).body())
                .contains("\"error\"")
                .contains("features");
        assertThat(post("/v2/models/nothing/infer", body, tenant.key()).statusCode())
                .isEqualTo(404);
        assertThat(post("/v2/models/digits/infer", body, "mm_wrong.wrong").statusCode())
                .isEqualTo(401);
        assertThat(post("/v2/models/digits/infer", "{", tenant.key()).statusCode())
                .isEqualTo(400);
    }

    @Test
    void refusesAnUnknownModelAndVersion() {
        assertThat(refused(Status.Code.NOT_FOUND, request().setModelName("nothing"))
                        .message())
                .contains("nothing");
        assertThat(refused(Status.Code.NOT_FOUND, request().setModelVersion("999"))
                        .message())
                .contains("999");
        refused(Status.Code.NOT_FOUND, request().setModelVersion("no-such-alias"));
    }

    @Test
    void refusesWhatDoesNotFitTheSignature() {
        assertThat(refused(Status.Code.INVALID_ARGUMENT, with(input().setName("pixels")))
                        .message())
                .contains("pixels")
                .contains("features");
        assertThat(refused(Status.Code.INVALID_ARGUMENT, with(input().setDatatype("INT64")))
                        .message())
                .contains("INT64")
                .contains("FP32");
        assertThat(refused(Status.Code.INVALID_ARGUMENT, with(input().setShape(1, 63)))
                        .message())
                .contains("63")
                .contains("64");
        assertThat(refused(
                                Status.Code.INVALID_ARGUMENT,
                                request().setRawInputContents(0, ByteString.copyFrom(new byte[255])))
                        .message())
                .contains("255")
                .contains("256");
        refused(Status.Code.INVALID_ARGUMENT, request().clearInputs().clearRawInputContents());
    }

    private StatusAssert refused(Status.Code code, ModelInferRequest.Builder request) {
        return assertRefused(code, () -> tenant.inference().modelInfer(request.build()));
    }

    private static InferInputTensor.Builder input() {
        return InferInputTensor.newBuilder()
                .setName("features")
                .setDatatype("FP32")
                .addShape(1)
                .addShape(64);
    }

    private static ModelInferRequest.Builder request() {
        return with(input());
    }

    private static ModelInferRequest.Builder with(InferInputTensor.Builder input) {
        return ModelInferRequest.newBuilder()
                .setModelName(TrainedDigits.MODEL)
                .addInputs(input)
                .addRawInputContents(ByteString.copyFrom(new byte[256]));
    }

    private float[][] runInProcess(List<float[]> rows) throws OrtException {
        FloatBuffer flat = FloatBuffer.allocate(rows.size() * 64);
        rows.forEach(flat::put);
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        try (OrtSession session = environment.createSession(digits.onnx());
                OnnxTensor input = OnnxTensor.createTensor(environment, flat.flip(), new long[] {rows.size(), 64});
                OrtSession.Result result = session.run(Map.of("features", input))) {
            return (float[][]) result.get(0).getValue();
        }
    }

    private HttpResponse<String> post(String path, String body, String key) throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:"
                                    + fleet.ports().gateway().http() + path))
                            .header("authorization", "Bearer " + key)
                            .header("content-type", "application/json")
                            .POST(HttpRequest.BodyPublishers.ofString(body))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
        }
    }

    private static String json(float[] row) {
        return Arrays.toString(row);
    }

    private static float[] toFloats(String list) {
        String[] texts = list.split(",", -1);
        float[] values = new float[texts.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = Float.parseFloat(texts[i]);
        }
        return values;
    }
}
