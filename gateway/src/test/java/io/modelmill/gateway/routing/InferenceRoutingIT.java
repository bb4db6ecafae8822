package io.modelmill.gateway.routing;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import io.modelmill.gateway.fixture.Eventually;
import io.modelmill.gateway.fixture.FakeFleet;
import io.modelmill.gateway.fixture.GatewayCallers;
import io.modelmill.gateway.fixture.GatewayIntegrationTest;
import io.modelmill.gateway.fixture.GrpcFailure;
import io.modelmill.proto.inference.GRPCInferenceServiceGrpc;
import io.modelmill.proto.inference.ModelInferRequest;
import io.modelmill.proto.inference.ModelInferResponse;
import io.modelmill.proto.inference.ModelStreamInferResponse;
import io.modelmill.proto.inference.RepositoryModelLoadRequest;
import io.modelmill.proto.inference.RepositoryModelLoadResponse;
import io.modelmill.proto.inference.ServerReadyRequest;
import io.modelmill.proto.inference.ServerReadyResponse;
import jakarta.inject.Inject;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@GatewayIntegrationTest
class InferenceRoutingIT {
    @SuppressWarnings("NullAway.Init") // set by FakeFleetResource
    FakeFleet fleet;

    @Inject
    InferenceBackend backend;

    private final Replica one = new Replica("one");
    private final Replica two = new Replica("two");
    private GatewayCallers callers;
    private GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub stub;

    @BeforeEach
    void connect() {
        callers = GatewayCallers.connect();
        stub = GRPCInferenceServiceGrpc.newBlockingStub(
                callers.withKey(callers.newKey(callers.newTenant()).getSecret()));
        fleet.inferenceOne().serve(one);
        fleet.inferenceTwo().serve(two);
        awaitReady(2);
    }

    @AfterEach
    void disconnect() {
        callers.close();
        fleet.inferenceOne().clear();
        fleet.inferenceTwo().clear();
    }

    @Test
    void sendsAModelsCallsToOneReplicaAndModelsToAll() {
        Set<String> used = new HashSet<>();
        for (int model = 0; model < 40; model++) {
            String first = replicaOf("model-" + model);
            assertThat(replicaOf("model-" + model)).isEqualTo(first);
            used.add(first);
        }

        assertThat(used).containsExactlyInAnyOrder("one", "two");
    }

    @Test
    void losesNoCallWhenAReplicaDies() {
        String model = modelOf("one");
        fleet.inferenceOne().stop();
        try {
            for (int call = 0; call < 20; call++) {
                assertThat(replicaOf(model)).isEqualTo("two");
            }
        } finally {
            fleet.inferenceOne().start();
        }
        awaitReady(2);
        assertThat(replicaOf(model)).isEqualTo("one");
    }

    @Test
    void goesOnWhenAReplicaRefusesWithoutAnAnswer() {
        String model = modelOf("one");
        one.refusing.set(true);

        assertThat(replicaOf(model)).isEqualTo("two");
        assertThat(one.calls.get()).isPositive();
    }

    @Test
    void prefersReplicasThatSayThatTheyAreReady() {
        String model = modelOf("two");
        two.ready.set(false);
        awaitReady(1);
        int before = two.calls.get();

        assertThat(replicaOf(model)).isEqualTo("one");
        assertThat(two.calls.get()).isEqualTo(before);
    }

    @Test
    void saysThatNoReplicaAnswers() {
        fleet.inferenceOne().stop();
        fleet.inferenceTwo().stop();
        try {
            GrpcFailure failure =
                    GrpcFailure.of(() -> replicaOf("m")).has(Status.Code.UNAVAILABLE, "DEPENDENCY_UNAVAILABLE");
            assertThat(failure.message()).isEqualTo("inference-service does not answer");
        } finally {
            fleet.inferenceOne().start();
            fleet.inferenceTwo().start();
        }
        awaitReady(2);
    }

    @Test
    void doesNotSendACallTwiceThatFailedOtherwise() {
        one.failing.set(true);
        two.failing.set(true);
        int before = one.calls.get() + two.calls.get();

        StatusRuntimeException failure =
                org.junit.jupiter.api.Assertions.assertThrows(StatusRuntimeException.class, () -> replicaOf("m"));

        assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
        assertThat(one.calls.get() + two.calls.get()).isEqualTo(before + 1);
    }

    @Test
    void forwardsLargeTensors() {
        byte[] tensor = new byte[16 << 20];
        tensor[tensor.length - 1] = 42;

        ModelInferResponse answer = stub.withMaxInboundMessageSize(64 << 20)
                .modelInfer(ModelInferRequest.newBuilder()
                        .setModelName("large")
                        .addRawInputContents(ByteString.copyFrom(tensor))
                        .build());

        assertThat(answer.getRawOutputContents(0).toByteArray()).isEqualTo(tensor);
    }

    @Test
    void sendsAStreamWhereItsModelsOtherCallsGo() {
        for (String replica : List.of("one", "two")) {
            Answers answers = new Answers();
            StreamObserver<ModelInferRequest> requests =
                    GRPCInferenceServiceGrpc.newStub(stub.getChannel()).modelStreamInfer(answers);
            String model = modelOf(replica);
            for (int request = 0; request < 3; request++) {
                requests.onNext(ModelInferRequest.newBuilder()
                        .setModelName(model)
                        .setId(Integer.toString(request))
                        .build());
            }
            requests.onCompleted();

            Eventually.holds("the stream has ended", () -> answers.over);
            assertThat(answers.received)
                    .extracting(answer -> answer.getInferResponse().getModelVersion())
                    .containsExactly(replica, replica, replica);
        }
    }

    @Test
    void sendsALoadWhereTheModelsCallsGo() {
        for (String replica : List.of("one", "two")) {
            Replica expected = replica.equals("one") ? one : two;
            String model = modelOf(replica);
            int before = expected.loads.get();

            var _ = stub.repositoryModelLoad(
                    RepositoryModelLoadRequest.newBuilder().setModelName(model).build());

            assertThat(expected.loads.get()).isEqualTo(before + 1);
        }
    }

    @Test
    void letsNoStreamPassWithoutAKey() {
        Answers answers = new Answers();
        StreamObserver<ModelInferRequest> requests =
                GRPCInferenceServiceGrpc.newStub(callers.anonymous()).modelStreamInfer(answers);
        requests.onNext(ModelInferRequest.newBuilder().setModelName("m").build());

        Eventually.holds("the stream has ended", () -> answers.over);
        assertThat(Status.fromThrowable(answers.failure).getCode()).isEqualTo(Status.Code.UNAUTHENTICATED);
    }

    private void awaitReady(int replicas) {
        Eventually.holds(
                replicas + " replicas are ready",
                () -> backend.replicas().stream()
                                .filter(InferenceReplica::isReady)
                                .count()
                        == replicas);
    }

    private String modelOf(String replica) {
        for (int model = 0; model < 1_000; model++) {
            if (replicaOf("model-" + model).equals(replica)) {
                return "model-" + model;
            }
        }
        throw new AssertionError("no model goes to " + replica);
    }

    private String replicaOf(String model) {
        return stub.modelInfer(
                        ModelInferRequest.newBuilder().setModelName(model).build())
                .getModelVersion();
    }

    /** Answers its own name as the version and the inputs as outputs. */
    private static final class Replica extends GRPCInferenceServiceGrpc.GRPCInferenceServiceImplBase {
        private final String name;
        private final AtomicInteger calls = new AtomicInteger();
        private final AtomicInteger loads = new AtomicInteger();
        private final AtomicBoolean ready = new AtomicBoolean(true);
        private final AtomicBoolean refusing = new AtomicBoolean();
        private final AtomicBoolean failing = new AtomicBoolean();

        Replica(String name) {
            this.name = name;
        }

        @Override
        public void serverReady(ServerReadyRequest request, StreamObserver<ServerReadyResponse> response) {
            response.onNext(
                    ServerReadyResponse.newBuilder().setReady(ready.get()).build());
            response.onCompleted();
        }

        @Override
        public void repositoryModelLoad(
                RepositoryModelLoadRequest request, StreamObserver<RepositoryModelLoadResponse> response) {
            loads.incrementAndGet();
            response.onNext(RepositoryModelLoadResponse.getDefaultInstance());
            response.onCompleted();
        }

        @Override
        public StreamObserver<ModelInferRequest> modelStreamInfer(StreamObserver<ModelStreamInferResponse> response) {
            return new StreamObserver<>() {
                @Override
                public void onNext(ModelInferRequest request) {
                    response.onNext(ModelStreamInferResponse.newBuilder()
                            .setInferResponse(ModelInferResponse.newBuilder()
                                    .setId(request.getId())
                                    .setModelVersion(name))
                            .build());
                }

                @Override
                public void onError(Throwable failure) {}

                @Override
                public void onCompleted() {
                    response.onCompleted();
                }
            };
        }

        @Override
        public void modelInfer(ModelInferRequest request, StreamObserver<ModelInferResponse> response) {
            calls.incrementAndGet();
            if (refusing.get()) {
                response.onError(
                        Status.UNAVAILABLE.withDescription("going away").asRuntimeException());
                return;
            }
            if (failing.get()) {
                response.onError(Status.RESOURCE_EXHAUSTED.asRuntimeException());
                return;
            }
            response.onNext(ModelInferResponse.newBuilder()
                    .setModelName(request.getModelName())
                    .setModelVersion(name)
                    .addAllRawOutputContents(request.getRawInputContentsList())
                    .build());
            response.onCompleted();
        }
    }

    /** What came back on a stream. */
    private static final class Answers implements StreamObserver<ModelStreamInferResponse> {
        private final List<ModelStreamInferResponse> received = new CopyOnWriteArrayList<>();
        private volatile @Nullable Throwable failure;
        private volatile boolean over;

        @Override
        public void onNext(ModelStreamInferResponse answer) {
            received.add(answer);
        }

        @Override
        public void onError(Throwable thrown) {
            failure = thrown;
            over = true;
        }

        @Override
        public void onCompleted() {
            over = true;
        }
    }
}
