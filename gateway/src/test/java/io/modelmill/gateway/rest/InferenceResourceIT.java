package io.modelmill.gateway.rest;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.Context;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.modelmill.gateway.fixture.Eventually;
import io.modelmill.gateway.fixture.FakeFleet;
import io.modelmill.gateway.fixture.GatewayCallers;
import io.modelmill.gateway.fixture.GatewayIntegrationTest;
import io.modelmill.gateway.fixture.RestClient;
import io.modelmill.gateway.fixture.RestClient.Answer;
import io.modelmill.proto.inference.GRPCInferenceServiceGrpc;
import io.modelmill.proto.inference.ModelInferRequest;
import io.modelmill.proto.inference.ModelInferResponse;
import io.modelmill.proto.inference.ModelMetadataRequest;
import io.modelmill.proto.inference.ModelMetadataResponse;
import io.modelmill.proto.inference.ModelReadyRequest;
import io.modelmill.proto.inference.ModelReadyResponse;
import io.modelmill.proto.inference.ServerMetadataRequest;
import io.modelmill.proto.inference.ServerMetadataResponse;
import io.modelmill.proto.inference.ServerReadyRequest;
import io.modelmill.proto.inference.ServerReadyResponse;
import io.modelmill.servicekit.error.ErrorReason;
import io.modelmill.servicekit.error.ServiceException;
import io.modelmill.servicekit.error.StatusMapper;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@GatewayIntegrationTest
class InferenceResourceIT {
    private static final String INPUT = "{'name':'x','shape':[1,2],'datatype':'FP32','data':[[0.1,2]]}";

    @SuppressWarnings("NullAway.Init") // set by FakeFleetResource
    FakeFleet fleet;

    private final Echo echo = new Echo();
    private RestClient rest;

    @BeforeEach
    void connect() {
        try (GatewayCallers callers = GatewayCallers.connect()) {
            rest = RestClient.withKey(callers.newKey(callers.newTenant()).getSecret());
        }
        fleet.inferenceOne().serve(echo);
        fleet.inferenceTwo().serve(echo);
    }

    @AfterEach
    void disconnect() {
        fleet.inferenceOne().clear();
        fleet.inferenceTwo().clear();
    }

    @Test
    void predictsFromJson() {
        Answer answer = rest.send("POST", "/v2/models/zoo.digits/infer", "{'id':'7','inputs':[" + INPUT + "]}");

        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        assertThat(answer.json()).isEqualTo(RestClient.json("""
                        {"model_name":"zoo.digits","model_version":"1","id":"7",
                         "outputs":[{"name":"x","datatype":"FP32","shape":[1,2],"data":[0.1,2.0]}]}"""));
        assertThat(rest.send("POST", "/v2/models/m/versions/3/infer", "{'inputs':[" + INPUT + "]}")
                        .json()
                        .get("model_version")
                        .asText())
                .isEqualTo("3");
    }

    @Test
    void predictsFromBytes() {
        byte[] json =
                "{'inputs':[{'name':'x','shape':[4],'datatype':'UINT8','parameters':{'binary_data_size':4}}],'parameters':{'binary_data_output':true}}"
                        .replace('\'', '"')
                        .getBytes(StandardCharsets.UTF_8);
        byte[] tensor = {1, 2, 3, 4};

        Answer answer = rest.send(rest.request("/v2/models/m/infer")
                .header("Inference-Header-Content-Length", String.valueOf(json.length))
                .POST(BodyPublishers.concat(BodyPublishers.ofByteArray(json), BodyPublishers.ofByteArray(tensor))));

        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        assertThat(answer.header("content-type")).isEqualTo("application/octet-stream");
        int length = Integer.parseInt(answer.header("Inference-Header-Content-Length"));
        assertThat(ByteString.copyFrom(answer.body()).substring(length).toByteArray())
                .isEqualTo(tensor);
        assertThat(RestClient.json(new String(answer.body(), 0, length, StandardCharsets.UTF_8))
                        .at("/outputs/0/parameters/binary_data_size")
                        .asInt())
                .isEqualTo(4);
    }

    @Test
    void takesLargeTensors() {
        String number = "0.12345678,";
        int count = 2_000_000;
        String data = number.repeat(count - 1) + "1";

        Answer answer = rest.send(
                "POST",
                "/v2/models/m/infer",
                "{'inputs':[{'name':'x','shape':[" + count + "],'datatype':'FP32','data':[" + data
                        + "]}],'outputs':[{'name':'x','parameters':{'binary_data':true}}]}");

        assertThat(answer.status()).as(answer::text).isEqualTo(200);
        assertThat(answer.body().length).isGreaterThan(4 * count).isLessThan(4 * count + 1_000);
    }

    @Test
    void refusesABodyThatIsTooLarge() {
        Answer answer = rest.send(rest.request("/v2/models/m/infer")
                .header("Inference-Header-Content-Length", "120")
                .POST(BodyPublishers.ofByteArrays(List.of(
                        ("{'inputs':[{'name':'x','shape':[70000000],'datatype':'UINT8','parameters':{'binary_data_size':70000000}}]}")
                                .replace('\'', '"')
                                .concat(" ".repeat(20))
                                .substring(0, 120)
                                .getBytes(StandardCharsets.UTF_8),
                        new byte[70_000_000]))));

        assertThat(answer.status()).as(answer.text()).isEqualTo(413);
        assertThat(answer.json().get("error").asText()).contains("67108864");
    }

    @Test
    void describesServerAndModels() {
        assertThat(rest.get("/v2").json())
                .isEqualTo(
                        RestClient.json("{\"name\":\"fake\",\"version\":\"1\",\"extensions\":[\"classification\"]}"));
        assertThat(rest.get("/v2/models/m").json()).isEqualTo(RestClient.json("""
                        {"name":"m","versions":["1","2"],"platform":"onnxruntime_onnx",
                         "inputs":[{"name":"x","datatype":"FP32","shape":[-1,2]}],"outputs":[]}"""));
        assertThat(rest.get("/v2/models/m/versions/2").json().get("name").asText())
                .isEqualTo("m");
        assertThat(rest.get("/v2/models/m/ready").json()).isEqualTo(RestClient.json("{\"name\":\"m\",\"ready\":true}"));
        Answer cold = rest.get("/v2/models/m/versions/9/ready");
        assertThat(cold.status()).isEqualTo(503);
        assertThat(cold.json().get("ready").asBoolean()).isFalse();
    }

    @Test
    void healthIsOpenAndTellsTheTruth() {
        RestClient anonymous = RestClient.withKey("");
        assertThat(anonymous.get("/v2/health/live").status()).isEqualTo(200);
        Eventually.holds("ready", () -> anonymous.get("/v2/health/ready").status() == 200);

        fleet.inferenceOne().clear();
        fleet.inferenceTwo().clear();

        Eventually.holds("not ready", () -> anonymous.get("/v2/health/ready").status() == 503);
        assertThat(anonymous.get("/v2").status()).isEqualTo(401);
        assertThat(anonymous
                        .send("POST", "/v2/models/m/infer", "{}")
                        .json()
                        .get("error")
                        .asText())
                .contains("authorization: missing");
    }

    @Test
    void tellsFailuresInTheProtocolsForm() {
        assertThat(error("absent", "{'inputs':[" + INPUT + "]}", 404)).isEqualTo("not found: \"absent\"");
        assertThat(error("wrong", "{'inputs':[" + INPUT + "]}", 400)).isEqualTo("wrong shape");
        assertThat(error("busy", "{'inputs':[" + INPUT + "]}", 429)).isEqualTo("too many requests in flight");
        assertThat(rest.send("POST", "/v2/models/busy/infer", "{'inputs':[" + INPUT + "]}")
                        .header("retry-after"))
                .isEqualTo("2");
        assertThat(error("m", "{'inputs':[{'name':'x'", 400)).contains("line 1, column");
        assertThat(error("m", "{'inputs':[{'name':'x','shape':[2],'datatype':'FP32','data':[1]}]}", 400))
                .isEqualTo("inputs[0].data: 1 elements (expected: 2 for shape [2])");
        Answer unknown = rest.get("/v2/nonsense");
        assertThat(unknown.status()).isEqualTo(404);
        assertThat(unknown.json().get("error").isTextual()).isTrue();
        Answer length = rest.send(rest.request("/v2/models/m/infer")
                .header("Inference-Header-Content-Length", "-3")
                .POST(BodyPublishers.ofString("{}")));
        assertThat(length.status()).isEqualTo(400);
    }

    @Test
    void cancelsAPredictionWhoseClientHasGone() {
        CompletableFuture<Void> begun = new CompletableFuture<>();
        CompletableFuture<Void> cancelled = new CompletableFuture<>();
        echo.hanging = Optional.of(() -> {
            Context.current().addListener(context -> cancelled.complete(null), Runnable::run);
            begun.complete(null);
        });

        CompletableFuture<?> request = java.net.http.HttpClient.newHttpClient()
                .sendAsync(
                        rest.request("/v2/models/m/infer")
                                .POST(BodyPublishers.ofString(("{'inputs':[" + INPUT + "]}").replace('\'', '"')))
                                .build(),
                        java.net.http.HttpResponse.BodyHandlers.discarding());
        assertThat(begun).succeedsWithin(Duration.ofSeconds(20));
        request.cancel(true);

        assertThat(cancelled).succeedsWithin(Duration.ofSeconds(20));
    }

    private String error(String model, String body, int status) {
        Answer answer = rest.send("POST", "/v2/models/" + model + "/infer", body);
        assertThat(answer.status()).as(answer.text()).isEqualTo(status);
        return answer.json().get("error").asText();
    }

    /** Answers inputs as outputs. */
    private static final class Echo extends GRPCInferenceServiceGrpc.GRPCInferenceServiceImplBase {
        private volatile Optional<Runnable> hanging = Optional.empty();

        @Override
        public void serverReady(ServerReadyRequest request, StreamObserver<ServerReadyResponse> response) {
            answer(ServerReadyResponse.newBuilder().setReady(true).build(), response);
        }

        @Override
        public void serverMetadata(ServerMetadataRequest request, StreamObserver<ServerMetadataResponse> response) {
            answer(
                    ServerMetadataResponse.newBuilder()
                            .setName("fake")
                            .setVersion("1")
                            .addExtensions("classification")
                            .build(),
                    response);
        }

        @Override
        public void modelReady(ModelReadyRequest request, StreamObserver<ModelReadyResponse> response) {
            answer(
                    ModelReadyResponse.newBuilder()
                            .setReady(!"9".equals(request.getVersion()))
                            .build(),
                    response);
        }

        @Override
        public void modelMetadata(ModelMetadataRequest request, StreamObserver<ModelMetadataResponse> response) {
            answer(
                    ModelMetadataResponse.newBuilder()
                            .setName(request.getName())
                            .addVersions("1")
                            .addVersions("2")
                            .setPlatform("onnxruntime_onnx")
                            .addInputs(ModelMetadataResponse.TensorMetadata.newBuilder()
                                    .setName("x")
                                    .setDatatype("FP32")
                                    .addShape(-1)
                                    .addShape(2))
                            .build(),
                    response);
        }

        @Override
        public void modelInfer(ModelInferRequest request, StreamObserver<ModelInferResponse> response) {
            if (hanging.isPresent()) {
                hanging.get().run();
                return;
            }
            switch (request.getModelName()) {
                case "absent" -> fail(Reason.ABSENT, "not found: \"absent\"", response);
                case "wrong" -> fail(Reason.WRONG, "wrong shape", response);
                case "busy" -> fail(Reason.BUSY, "too many requests in flight", response);
                default -> {
                    ModelInferResponse.Builder answer = ModelInferResponse.newBuilder()
                            .setModelName(request.getModelName())
                            .setModelVersion(request.getModelVersion().isEmpty() ? "1" : request.getModelVersion())
                            .setId(request.getId())
                            .addAllRawOutputContents(request.getRawInputContentsList());
                    request.getInputsList()
                            .forEach(input -> answer.addOutputsBuilder()
                                    .setName(input.getName())
                                    .setDatatype(input.getDatatype())
                                    .addAllShape(input.getShapeList()));
                    answer(answer.build(), response);
                }
            }
        }

        private static void fail(Reason reason, String message, StreamObserver<?> response) {
            response.onError(StatusMapper.toStatus(
                    new ServiceException(reason, message, List.of(), Optional.of(Duration.ofSeconds(2)))));
        }

        private static <A> void answer(A answer, StreamObserver<A> response) {
            response.onNext(answer);
            response.onCompleted();
        }
    }

    private enum Reason implements ErrorReason {
        ABSENT(Status.Code.NOT_FOUND),
        WRONG(Status.Code.INVALID_ARGUMENT),
        BUSY(Status.Code.RESOURCE_EXHAUSTED);

        private final Status.Code code;

        Reason(Status.Code code) {
            this.code = code;
        }

        @Override
        public Status.Code code() {
            return code;
        }
    }
}
