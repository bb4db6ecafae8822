package io.modelmill.inference.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import grpc.health.v1.HealthGrpc;
import grpc.health.v1.HealthOuterClass.HealthCheckRequest;
import grpc.health.v1.HealthOuterClass.HealthCheckResponse.ServingStatus;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.grpc.stub.StreamObserver;
import io.modelmill.inference.fixture.Eventually;
import io.modelmill.inference.fixture.FakeRegistry;
import io.modelmill.inference.fixture.InferenceClient;
import io.modelmill.inference.fixture.RealBroker;
import io.modelmill.inference.fixture.TestModel;
import io.modelmill.inference.server.ServingServer;
import io.modelmill.proto.inference.GRPCInferenceServiceGrpc;
import io.modelmill.proto.inference.InferParameter;
import io.modelmill.proto.inference.ModelInferRequest;
import io.modelmill.proto.inference.ModelStatisticsRequest;
import io.modelmill.proto.inference.ModelStreamInferResponse;
import io.modelmill.servicekit.fixture.TestCallers;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@QuarkusTest
@RealBroker
class StreamInferIT {
    @Inject
    FakeRegistry registry;

    @Inject
    Admission admission;

    @Inject
    ServingServer server;

    private TestCallers callers;
    private InferenceClient client;

    @BeforeEach
    void connect() {
        callers = TestCallers.connect(server.port());
        client = new InferenceClient(callers.tenant("acme"));
        new TestModel(registry, "acme", "streamed")
                .scaling(1, 3)
                .alias("production", 1)
                .publish();
        Eventually.until("the model is loaded", () -> client.isReady("streamed", ""));
    }

    @AfterEach
    void disconnect() {
        callers.close();
    }

    @Test
    void answersEachRequestUnderItsId() {
        int count = 5 * StreamInferGrpcService.MOST_IN_FLIGHT;
        Answers answers = new Answers();
        StreamObserver<ModelInferRequest> requests = open(answers);
        IntStream.range(0, count).forEach(index -> requests.onNext(request(index)));
        requests.onCompleted();

        Eventually.until("the stream has ended", answers::isOver);
        assertThat(answers.failure).isNull();
        assertThat(answers.received)
                .allSatisfy(answer -> assertThat(answer.getErrorMessage()).isEmpty())
                .extracting(answer -> answer.getInferResponse().getId())
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.range(0, count).mapToObj(Integer::toString).toList());
        assertThat(answers.received).allSatisfy(answer -> {
            float[] row = row(Integer.parseInt(answer.getInferResponse().getId()));
            assertThat(InferenceClient.floats(answer.getInferResponse().getRawOutputContents(0)))
                    .containsExactly(3 * row[0], 3 * row[1]);
        });
        Eventually.until("nothing is in flight", () -> admission.requestsInFlight() == 0);
        Eventually.until("no bytes are in flight", () -> admission.bytesInFlight() == 0);
    }

    @Test
    void tellsWhatIsWrongWithOneRequestAndGoesOn() {
        Answers answers = new Answers();
        StreamObserver<ModelInferRequest> requests = open(answers);
        requests.onNext(request(1).toBuilder().setModelName("nobody").build());
        requests.onNext(request(2).toBuilder().clearInputs().build());
        requests.onNext(request(3));
        requests.onCompleted();

        Eventually.until("the stream has ended", answers::isOver);
        assertThat(answers.failure).isNull();
        assertThat(answers.received).hasSize(3);
        assertThat(answers.of("1").getErrorMessage()).startsWith("NOT_FOUND: ");
        assertThat(answers.of("2").getErrorMessage()).startsWith("INVALID_ARGUMENT: ");
        assertThat(answers.of("3").getErrorMessage()).isEmpty();
        assertThat(answers.of("3").getInferResponse().containsParameters("triton_final_response"))
                .isFalse();
    }

    @Test
    void marksAnAnswerAsTheFinalOneIfItIsAsked() {
        Answers answers = new Answers();
        StreamObserver<ModelInferRequest> requests = open(answers);
        InferParameter yes = InferParameter.newBuilder().setBoolParam(true).build();
        requests.onNext(request(1).toBuilder()
                .putParameters("triton_enable_empty_final_response", yes)
                .build());
        requests.onNext(request(2).toBuilder()
                .putParameters("triton_enable_empty_final_response", yes)
                .setModelName("nobody")
                .build());
        requests.onCompleted();

        Eventually.until("the stream has ended", answers::isOver);
        assertThat(answers.of("1").getInferResponse().getParametersOrThrow("triton_final_response"))
                .isEqualTo(yes);
        assertThat(answers.of("2").getInferResponse().getParametersOrThrow("triton_final_response"))
                .isEqualTo(yes);
    }

    @Test
    void readsNoFurtherThanAnswersAreTaken() {
        Answers answers = new Answers();
        answers.reads = false;
        StreamObserver<ModelInferRequest> requests = open(answers);
        // 64 KiB an answer: far more together than the transport keeps for one that does not read.
        ModelInferRequest large = InferenceClient.request(
                "streamed", "", "x", "FP32", List.of(8192L, 2L), ByteString.copyFrom(new byte[8192 * 2 * Float.BYTES]));
        int count = 4 * StreamInferGrpcService.MOST_IN_FLIGHT;
        for (int index = 0; index < count; index++) {
            requests.onNext(large.toBuilder().setId(Integer.toString(index)).build());
        }
        requests.onCompleted();
        Eventually.until("some were answered", () -> statistics() > 0);
        answers.readOn();

        Eventually.until("the stream has ended", answers::isOver);
        assertThat(answers.failure).isNull();
        assertThat(answers.received).hasSize(count);
        Eventually.until("no bytes are in flight", () -> admission.bytesInFlight() == 0);
    }

    @Test
    void forgetsACallerThatHasGone() {
        Answers answers = new Answers();
        answers.reads = false;
        StreamObserver<ModelInferRequest> requests = open(answers);
        IntStream.range(0, 100).forEach(index -> requests.onNext(request(index)));
        requests.onError(Status.CANCELLED.asRuntimeException());

        Eventually.until("nothing is in flight", () -> admission.requestsInFlight() == 0);
        Eventually.until("no bytes are in flight", () -> admission.bytesInFlight() == 0);
        assertThat(client.factor("streamed", "")).isEqualTo(3f);
    }

    @Test
    void refusesAStreamWithoutACredential() {
        Answers answers = new Answers();
        StreamObserver<ModelInferRequest> requests =
                GRPCInferenceServiceGrpc.newStub(callers.anonymous()).modelStreamInfer(answers);
        requests.onNext(request(1));

        Eventually.until("the stream has ended", answers::isOver);
        assertThat(Status.fromThrowable(answers.failure).getCode()).isEqualTo(Status.Code.UNAUTHENTICATED);
    }

    @Test
    void tellsAnybodyThatItIsReady() {
        ManagedChannel anybody = (ManagedChannel) callers.anonymous();

        Eventually.until(
                "the replica serves",
                () -> HealthGrpc.newBlockingStub(anybody)
                                .check(HealthCheckRequest.newBuilder()
                                        .setService("inference.GRPCInferenceService")
                                        .build())
                                .getStatus()
                        == ServingStatus.SERVING);
        assertThat(HealthGrpc.newBlockingStub(anybody)
                        .watch(HealthCheckRequest.getDefaultInstance())
                        .next()
                        .getStatus())
                .isEqualTo(ServingStatus.SERVING);
    }

    private long statistics() {
        return client.stub()
                .modelStatistics(
                        ModelStatisticsRequest.newBuilder().setName("streamed").build())
                .getModelStats(0)
                .getInferenceCount();
    }

    private StreamObserver<ModelInferRequest> open(Answers answers) {
        return GRPCInferenceServiceGrpc.newStub(callers.tenant("acme")).modelStreamInfer(answers);
    }

    private static ModelInferRequest request(int index) {
        return InferenceClient.request("streamed", "", "x", "FP32", List.of(1L, 2L), InferenceClient.floats(row(index)))
                .toBuilder()
                .setId(Integer.toString(index))
                .build();
    }

    private static float[] row(int index) {
        return new float[] {index, -index};
    }

    /** What came back. */
    private static final class Answers implements ClientResponseObserver<ModelInferRequest, ModelStreamInferResponse> {
        private final List<ModelStreamInferResponse> received = new CopyOnWriteArrayList<>();
        private boolean reads = true;
        private volatile @Nullable Throwable failure;
        private volatile boolean completed;
        private volatile @Nullable ClientCallStreamObserver<ModelInferRequest> call;

        @Override
        public void beforeStart(ClientCallStreamObserver<ModelInferRequest> requests) {
            call = requests;
            if (!reads) {
                requests.disableAutoRequestWithInitial(0);
            }
        }

        void readOn() {
            Objects.requireNonNull(call).request(Integer.MAX_VALUE);
        }

        @Override
        public void onNext(ModelStreamInferResponse value) {
            received.add(value);
        }

        @Override
        public void onError(Throwable thrown) {
            failure = thrown;
        }

        @Override
        public void onCompleted() {
            completed = true;
        }

        boolean isOver() {
            return completed || failure != null;
        }

        ModelStreamInferResponse of(String id) {
            return received.stream()
                    .filter(answer -> answer.getInferResponse().getId().equals(id))
                    .findFirst()
                    .orElseThrow();
        }
    }
}
