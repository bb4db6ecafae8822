package io.modelmill.inference.protocol;

import static io.modelmill.inference.fixture.InferenceClient.floats;
import static io.modelmill.inference.fixture.InferenceClient.input;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.Status;
import io.modelmill.inference.fixture.Eventually;
import io.modelmill.inference.fixture.FakeRegistry;
import io.modelmill.inference.fixture.InferenceClient;
import io.modelmill.inference.fixture.InferenceClient.Refusal;
import io.modelmill.inference.fixture.RealBroker;
import io.modelmill.inference.fixture.SmallModels;
import io.modelmill.inference.fixture.TestModel;
import io.modelmill.inference.server.ServingServer;
import io.modelmill.proto.inference.ModelInferRequest;
import io.modelmill.proto.inference.ModelInferRequest.InferRequestedOutputTensor;
import io.modelmill.proto.inference.ModelMetadataRequest;
import io.modelmill.proto.inference.ServerLiveRequest;
import io.modelmill.servicekit.fixture.TestCallers;
import io.modelmill.servicekit.security.Caller;
import io.modelmill.servicekit.security.Role;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@QuarkusTest
@RealBroker
class BadRequestIT {
    private static boolean published;

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
        if (!published) {
            new TestModel(registry, "acme", "strict")
                    .version(1, SmallModels.classifier(1), TestModel.classifierSignature())
                    .alias("production", 1)
                    .publish();
            new TestModel(registry, "acme", "two-inputs")
                    .version(
                            1,
                            SmallModels.sumAndDifference(),
                            TestModel.signature(
                                    List.of(TestModel.spec("a", "FP32", -1, 2), TestModel.spec("b", "FP32", -1, 2)),
                                    List.of(
                                            TestModel.spec("sum", "FP32", -1, 2),
                                            TestModel.spec("difference", "FP32", -1, 2))))
                    .alias("production", 1)
                    .publish();
            published = true;
        }
        Eventually.until(
                "the models are loaded", () -> client.isReady("strict", "") && client.isReady("two-inputs", ""));
    }

    @AfterEach
    void disconnect() {
        callers.close();
    }

    @Test
    void tellsEveryWrongFieldAtOnce() {
        Refusal refusal = refusal(request("FP64", List.of(1L, 5L), floats(1, 2, 3, 4)).toBuilder()
                .addOutputs(InferRequestedOutputTensor.newBuilder().setName("nothing"))
                .build());

        assertThat(refusal.code()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(refusal.reason()).isEqualTo("INVALID_FIELD");
        assertThat(refusal.violations())
                .containsExactly(
                        "inputs[0].datatype: \"FP64\" (expected: FP32)",
                        "inputs[0].shape: [1, 5] (expected: [-1, 4], -1 is any length)",
                        "outputs[0].name: \"nothing\" (expected: one of [probabilities])");
    }

    @Test
    void tellsWrongByteCounts() {
        Refusal refusal = refusal(request("FP32", List.of(1L, 4L), floats(1, 2, 3)));

        assertThat(refusal.code()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(refusal.violations())
                .containsExactly("raw_input_contents[0]: \"12 bytes\" (expected: 16 bytes for 4 elements of FP32)");
    }

    @Test
    void tellsWrongInputNames() {
        Refusal refusal =
                refusal(InferenceClient.request("strict", "", "pixels", "FP32", List.of(1L, 4L), floats(1, 2, 3, 4)));

        assertThat(refusal.code()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(refusal.violations())
                .containsExactly(
                        "inputs[0].name: \"pixels\" (expected: one of [features])",
                        "inputs: [pixels] (expected: \"features\" among them)");
    }

    @Test
    void tellsBadClassification() {
        Refusal refusal = refusal(request("FP32", List.of(1L, 4L), floats(1, 2, 3, 4)).toBuilder()
                .addOutputs(InferenceClient.classes("probabilities", InferenceClient.number(-1)))
                .build());

        assertThat(refusal.code()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(refusal.violations())
                .containsExactly("outputs[0].parameters.classification: -1 (expected: an int64_param of 1 to 3)");
    }

    @Test
    void tellsWhatOnlyTheGraphCanFind() {
        Refusal refusal = InferenceClient.refusal(() -> client.infer(ModelInferRequest.newBuilder()
                .setModelName("two-inputs")
                .addInputs(input("a", "FP32", List.of(2L, 2L)))
                .addInputs(input("b", "FP32", List.of(3L, 2L)))
                .addRawInputContents(floats(1, 2, 3, 4))
                .addRawInputContents(floats(1, 2, 3, 4, 5, 6))
                .build()));

        assertThat(refusal.code()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(refusal.reason()).isEqualTo("RUN_REFUSED");
        assertThat(refusal.message()).startsWith("the graph cannot work on these inputs: ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"nobody", "acme.nobody", "other.strict", "strict.", "Strict", "a.b.c"})
    void knowsNoSuchModel(String name) {
        Refusal refusal = InferenceClient.refusal(() ->
                client.infer(InferenceClient.request(name, "", "features", "FP32", List.of(1L, 4L), ByteString.EMPTY)));

        assertThat(refusal.code()).isEqualTo(Status.Code.NOT_FOUND);
        assertThat(refusal.reason()).isEqualTo("RESOURCE_NOT_FOUND");
        assertThat(refusal.message()).isEqualTo("not found: \"" + name + "\"");
        assertThat(InferenceClient.refusal(() -> client.ready(name, "")).code()).isEqualTo(Status.Code.NOT_FOUND);
        assertThat(InferenceClient.refusal(() -> client.stub()
                                .modelMetadata(ModelMetadataRequest.newBuilder()
                                        .setName(name)
                                        .build()))
                        .code())
                .isEqualTo(Status.Code.NOT_FOUND);
    }

    @ParameterizedTest
    @ValueSource(strings = {"2", "0", "01", "canary", "99999999999999999999"})
    void knowsNoSuchVersion(String version) {
        Refusal refusal = InferenceClient.refusal(() -> client.infer(
                InferenceClient.request("strict", version, "features", "FP32", List.of(1L, 4L), ByteString.EMPTY)));

        assertThat(refusal.code()).isEqualTo(Status.Code.NOT_FOUND);
        assertThat(refusal.reason()).isEqualTo("RESOURCE_NOT_FOUND");
        assertThat(refusal.message()).contains(version);
    }

    @Test
    void demandsAModelName() {
        Refusal refusal = refusal(ModelInferRequest.getDefaultInstance());

        assertThat(refusal.code()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(refusal.violations()).singleElement().asString().startsWith("model_name: \"\" (expected: ");
    }

    @Test
    void demandsAToken() {
        Refusal refusal = InferenceClient.refusal(() ->
                new InferenceClient(callers.anonymous()).stub().serverLive(ServerLiveRequest.getDefaultInstance()));

        assertThat(refusal.code()).isEqualTo(Status.Code.UNAUTHENTICATED);
    }

    @Test
    void demandsTheTenantsRole() {
        Caller worker = new Caller("tenants/acme/trainingJobs/one", Optional.of("acme"), Set.of(Role.WORKER));

        Refusal refusal = InferenceClient.refusal(
                () -> new InferenceClient(callers.as(worker)).infer(InferenceClient.scalingRequest("strict", "")));

        assertThat(refusal.code()).isEqualTo(Status.Code.PERMISSION_DENIED);
        assertThat(refusal.reason()).isEqualTo("ROLE_MISSING");
    }

    @Test
    void goesOnAnsweringAfterBadRequests() {
        assertThat(client.infer(request("FP32", List.of(1L, 4L), floats(1, 2, 3, 4)))
                        .getOutputsCount())
                .isEqualTo(1);
    }

    private static ModelInferRequest request(String datatype, List<Long> shape, ByteString raw) {
        return InferenceClient.request("strict", "", "features", datatype, shape, raw);
    }

    private Refusal refusal(ModelInferRequest request) {
        return InferenceClient.refusal(() -> client.infer(request));
    }
}
