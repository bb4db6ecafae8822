package io.modelmill.gateway.routing;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.rpc.BadRequest;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.modelmill.gateway.fixture.Eventually;
import io.modelmill.gateway.fixture.FakeFleet;
import io.modelmill.gateway.fixture.GatewayCallers;
import io.modelmill.gateway.fixture.GatewayIntegrationTest;
import io.modelmill.gateway.fixture.GrpcFailure;
import io.modelmill.proto.registry.v1.GetModelRequest;
import io.modelmill.proto.registry.v1.ListServingStatesRequest;
import io.modelmill.proto.registry.v1.Model;
import io.modelmill.proto.registry.v1.ModelServiceGrpc;
import io.modelmill.proto.registry.v1.ServingStateServiceGrpc;
import io.modelmill.proto.training.v1.GetTrainingJobRequest;
import io.modelmill.proto.training.v1.JobEvent;
import io.modelmill.proto.training.v1.TrainingJob;
import io.modelmill.proto.training.v1.TrainingJobServiceGrpc;
import io.modelmill.proto.training.v1.WatchTrainingJobRequest;
import io.modelmill.proto.training.worker.v1.GetAssignmentRequest;
import io.modelmill.proto.training.worker.v1.WorkerServiceGrpc;
import io.modelmill.servicekit.error.StatusMapper;
import io.modelmill.servicekit.error.Violations;
import io.modelmill.servicekit.security.Caller;
import io.modelmill.servicekit.security.Role;
import java.util.Iterator;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@GatewayIntegrationTest
class ForwardingIT {
    @SuppressWarnings("NullAway.Init") // set by FakeFleetResource
    FakeFleet fleet;

    private GatewayCallers callers;
    private String tenant;
    private String key;

    @BeforeEach
    void connect() {
        callers = GatewayCallers.connect();
        tenant = callers.newTenant();
        key = callers.newKey(tenant).getSecret();
    }

    @AfterEach
    void disconnect() {
        callers.close();
        fleet.registry().clear();
        fleet.training().clear();
    }

    @Test
    void answersAsTheServiceDoesAndSaysWhoCalls() {
        AtomicReference<Caller> seen = new AtomicReference<>();
        fleet.registry().serve(new ModelServiceGrpc.ModelServiceImplBase() {
            @Override
            public void getModel(GetModelRequest request, StreamObserver<Model> response) {
                seen.set(Caller.current());
                response.onNext(Model.newBuilder()
                        .setName(request.getName())
                        .setRevision(7)
                        .build());
                response.onCompleted();
            }
        });

        Model model = models().getModel(GetModelRequest.newBuilder()
                .setName("tenants/t/models/m")
                .build());

        assertThat(model.getName()).isEqualTo("tenants/t/models/m");
        assertThat(model.getRevision()).isEqualTo(7);
        assertThat(seen.get().tenant()).hasValue(tenant);
        assertThat(seen.get().roles()).containsExactly(Role.TENANT);
        assertThat(seen.get().subject()).startsWith("tenants/" + tenant + "/apiKeys/k");
    }

    @Test
    void passesOnlyKnownMetadata() {
        serveModel();

        ModelServiceGrpc.newBlockingStub(callers.withHeader("x-api-key", key))
                .withInterceptors(io.grpc.stub.MetadataUtils.newAttachHeadersInterceptor(headers(
                        "x-request-id", "r-1",
                        "x-internal-role", "SERVICE",
                        "traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")))
                .getModel(GetModelRequest.getDefaultInstance());

        Metadata received = fleet.registry().received().getFirst();
        assertThat(value(received, "authorization")).startsWith("Bearer ey").doesNotContain(key);
        assertThat(value(received, "x-request-id")).isEqualTo("r-1");
        assertThat(received.keys()).doesNotContain("x-api-key", "x-internal-role");
        // The caller's trace goes on, under the gateway's own span.
        assertThat(value(received, "traceparent"))
                .startsWith("00-0af7651916cd43dd8448eb211c80319c-")
                .doesNotContain("b7ad6b7169203331");
        assertThat(received.toString()).doesNotContain(key);
    }

    @Test
    void passesDetailsOfFailuresOn() {
        fleet.registry().serve(new ModelServiceGrpc.ModelServiceImplBase() {
            @Override
            public void getModel(GetModelRequest request, StreamObserver<Model> response) {
                response.onError(StatusMapper.toStatus(Violations.of("name", "x", "tenants/{tenant}/models/{model}")));
            }
        });

        GrpcFailure failure = GrpcFailure.of(() -> models().getModel(GetModelRequest.getDefaultInstance()))
                .has(Status.Code.INVALID_ARGUMENT, "INVALID_FIELD");

        assertThat(failure.detail(BadRequest.class))
                .hasValueSatisfying(
                        bad -> assertThat(bad.getFieldViolations(0).getField()).isEqualTo("name"));
    }

    @Test
    void saysThatAServiceIsAwayAndNotWhereItWas() {
        fleet.training().stop();
        try {
            GrpcFailure failure = GrpcFailure.of(
                            () -> jobs().getTrainingJob(GetTrainingJobRequest.getDefaultInstance()))
                    .has(Status.Code.UNAVAILABLE, "DEPENDENCY_UNAVAILABLE");

            assertThat(failure.message()).isEqualTo("training-service does not answer");
        } finally {
            fleet.training().start();
        }
        fleet.training().serve(new TrainingJobServiceGrpc.TrainingJobServiceImplBase() {
            @Override
            public void getTrainingJob(GetTrainingJobRequest request, StreamObserver<TrainingJob> response) {
                response.onNext(TrainingJob.getDefaultInstance());
                response.onCompleted();
            }
        });
        Eventually.holds("training-service is found again", () -> {
            try {
                return jobs().getTrainingJob(GetTrainingJobRequest.getDefaultInstance()) != null;
            } catch (io.grpc.StatusRuntimeException away) {
                return false;
            }
        });
    }

    @Test
    void passesTheDeadlineOn() {
        AtomicReference<Deadline> seen = new AtomicReference<>();
        CompletableFuture<Void> cancelled = new CompletableFuture<>();
        fleet.registry().serve(new ModelServiceGrpc.ModelServiceImplBase() {
            @Override
            public void getModel(GetModelRequest request, StreamObserver<Model> response) {
                seen.set(Context.current().getDeadline());
                ((ServerCallStreamObserver<Model>) response).setOnCancelHandler(() -> cancelled.complete(null));
            }
        });

        GrpcFailure failure = GrpcFailure.of(() ->
                models().withDeadlineAfter(500, TimeUnit.MILLISECONDS).getModel(GetModelRequest.getDefaultInstance()));

        assertThat(failure.code()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
        assertThat(seen.get().timeRemaining(TimeUnit.MILLISECONDS)).isLessThan(500);
        assertThat(cancelled).succeedsWithin(java.time.Duration.ofSeconds(10));
    }

    @Test
    void setsADeadlineWhereTheCallerSetNone() {
        AtomicReference<Deadline> seen = new AtomicReference<>();
        fleet.registry().serve(new ModelServiceGrpc.ModelServiceImplBase() {
            @Override
            public void getModel(GetModelRequest request, StreamObserver<Model> response) {
                seen.set(Context.current().getDeadline());
                response.onNext(Model.getDefaultInstance());
                response.onCompleted();
            }
        });

        models().getModel(GetModelRequest.getDefaultInstance());

        assertThat(seen.get().timeRemaining(TimeUnit.SECONDS)).isBetween(100L, 120L);
    }

    @Test
    void streamsAnswersAndPassesTheCallersCancelOn() {
        CompletableFuture<Void> cancelled = new CompletableFuture<>();
        fleet.training().serve(new TrainingJobServiceGrpc.TrainingJobServiceImplBase() {
            @Override
            public void watchTrainingJob(WatchTrainingJobRequest request, StreamObserver<JobEvent> response) {
                ((ServerCallStreamObserver<JobEvent>) response).setOnCancelHandler(() -> cancelled.complete(null));
                response.onNext(JobEvent.newBuilder()
                        .setSequence(request.getAfterSequence() + 1)
                        .build());
            }
        });

        try (Context.CancellableContext context = Context.current().withCancellation()) {
            Iterator<JobEvent> events = callWatch(context);
            assertThat(events.next().getSequence()).isEqualTo(42);
            assertThat(cancelled).isNotDone();
        }

        assertThat(cancelled).succeedsWithin(java.time.Duration.ofSeconds(10));
    }

    private Iterator<JobEvent> callWatch(Context context) {
        Context previous = context.attach();
        try {
            return jobs().watchTrainingJob(WatchTrainingJobRequest.newBuilder()
                    .setAfterSequence(41)
                    .build());
        } finally {
            context.detach(previous);
        }
    }

    @Test
    void forwardsCompressedMessages() {
        serveModel();

        Model model = models().withCompression("gzip")
                .getModel(GetModelRequest.newBuilder()
                        .setName("x".repeat(100_000))
                        .build());

        assertThat(model.getName()).hasSize(100_000);
    }

    @Test
    void refusesAMessageThatIsTooLarge() {
        serveModel();

        GrpcFailure failure = GrpcFailure.of(() -> models().getModel(GetModelRequest.newBuilder()
                .setNameBytes(ByteString.copyFrom(new byte[(65 << 20) + 1]))
                .build()));

        assertThat(failure.code()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
    }

    @Test
    void hasNoDoorForWorkersAndServices() {
        assertThat(GrpcFailure.of(() -> WorkerServiceGrpc.newBlockingStub(callers.withKey(key))
                                .getAssignment(GetAssignmentRequest.getDefaultInstance()))
                        .code())
                .isEqualTo(Status.Code.UNIMPLEMENTED);
        assertThat(GrpcFailure.of(() -> ServingStateServiceGrpc.newBlockingStub(callers.withKey(key))
                                .listServingStates(ListServingStatesRequest.getDefaultInstance()))
                        .code())
                .isEqualTo(Status.Code.UNIMPLEMENTED);
    }

    @Test
    void refusesCallsWithoutAKeyBeforeTheyGoAnywhere() {
        serveModel();

        GrpcFailure.of(() -> ModelServiceGrpc.newBlockingStub(callers.anonymous())
                        .getModel(GetModelRequest.getDefaultInstance()))
                .has(Status.Code.UNAUTHENTICATED, "CREDENTIAL_INVALID");

        assertThat(fleet.registry().received()).isEmpty();
    }

    private void serveModel() {
        fleet.registry().serve(new ModelServiceGrpc.ModelServiceImplBase() {
            @Override
            public void getModel(GetModelRequest request, StreamObserver<Model> response) {
                response.onNext(Model.newBuilder().setName(request.getName()).build());
                response.onCompleted();
            }
        });
    }

    private ModelServiceGrpc.ModelServiceBlockingStub models() {
        return ModelServiceGrpc.newBlockingStub(callers.withKey(key));
    }

    private TrainingJobServiceGrpc.TrainingJobServiceBlockingStub jobs() {
        return TrainingJobServiceGrpc.newBlockingStub(callers.withKey(key));
    }

    private static Metadata headers(String... namesAndValues) {
        Metadata headers = new Metadata();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            headers.put(Metadata.Key.of(namesAndValues[i], Metadata.ASCII_STRING_MARSHALLER), namesAndValues[i + 1]);
        }
        return headers;
    }

    private static String value(Metadata metadata, String name) {
        return String.valueOf(metadata.get(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER)));
    }
}
