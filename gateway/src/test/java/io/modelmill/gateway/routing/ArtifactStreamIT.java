package io.modelmill.gateway.routing;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.Context;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.modelmill.gateway.fixture.Eventually;
import io.modelmill.gateway.fixture.FakeFleet;
import io.modelmill.gateway.fixture.GatewayCallers;
import io.modelmill.gateway.fixture.GatewayIntegrationTest;
import io.modelmill.proto.registry.v1.Artifact;
import io.modelmill.proto.registry.v1.ArtifactServiceGrpc;
import io.modelmill.proto.registry.v1.DownloadArtifactRequest;
import io.modelmill.proto.registry.v1.DownloadArtifactResponse;
import io.modelmill.proto.registry.v1.UploadArtifactRequest;
import java.time.Duration;
import java.util.Iterator;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Streams in both directions: order, back-pressure, cancellation. */
@GatewayIntegrationTest
class ArtifactStreamIT {
    private static final int CHUNK = 1 << 20;

    @SuppressWarnings("NullAway.Init") // set by FakeFleetResource
    FakeFleet fleet;

    private GatewayCallers callers;
    private String key;

    @BeforeEach
    void connect() {
        callers = GatewayCallers.connect();
        key = callers.newKey(callers.newTenant()).getSecret();
    }

    @AfterEach
    void disconnect() {
        callers.close();
        fleet.registry().clear();
    }

    @Test
    void uploadsInOrder() {
        fleet.registry().serve(new ArtifactServiceGrpc.ArtifactServiceImplBase() {
            @Override
            public StreamObserver<UploadArtifactRequest> uploadArtifact(StreamObserver<Artifact> response) {
                AtomicLong bytes = new AtomicLong();
                AtomicInteger next = new AtomicInteger();
                return new Requests(
                        request -> {
                            assertThat(request.getChunk().byteAt(0)).isEqualTo((byte) next.getAndIncrement());
                            bytes.addAndGet(request.getChunk().size());
                        },
                        () -> {
                            response.onNext(Artifact.newBuilder()
                                    .setSizeBytes(bytes.get())
                                    .build());
                            response.onCompleted();
                        });
            }
        });
        CompletableFuture<Artifact> answer = new CompletableFuture<>();

        StreamObserver<UploadArtifactRequest> upload = stub().uploadArtifact(new Answer(answer));
        for (int i = 0; i < 32; i++) {
            upload.onNext(chunk(i));
        }
        upload.onCompleted();

        assertThat(answer)
                .succeedsWithin(Duration.ofSeconds(30))
                .satisfies(artifact -> assertThat(artifact.getSizeBytes()).isEqualTo(32L * CHUNK));
    }

    @Test
    void aStreamLastsAsLongAsItsSenderLikes() {
        CompletableFuture<Boolean> hasDeadline = new CompletableFuture<>();
        fleet.registry().serve(new ArtifactServiceGrpc.ArtifactServiceImplBase() {
            @Override
            public StreamObserver<UploadArtifactRequest> uploadArtifact(StreamObserver<Artifact> response) {
                hasDeadline.complete(Context.current().getDeadline() != null);
                return new Requests(request -> {}, response::onCompleted);
            }
        });

        stub().uploadArtifact(new Answer(new CompletableFuture<>())).onNext(chunk(0));

        assertThat(hasDeadline).succeedsWithin(Duration.ofSeconds(30)).isEqualTo(false);
    }

    @Test
    void aSlowServiceSlowsTheUploadDown() {
        CompletableFuture<ServerCallStreamObserver<Artifact>> service = new CompletableFuture<>();
        AtomicInteger received = new AtomicInteger();
        fleet.registry().serve(new ArtifactServiceGrpc.ArtifactServiceImplBase() {
            @Override
            public StreamObserver<UploadArtifactRequest> uploadArtifact(StreamObserver<Artifact> response) {
                ServerCallStreamObserver<Artifact> call = (ServerCallStreamObserver<Artifact>) response;
                call.disableAutoRequest();
                service.complete(call);
                return new Requests(request -> received.incrementAndGet(), () -> {
                    response.onNext(
                            Artifact.newBuilder().setSizeBytes(received.get()).build());
                    response.onCompleted();
                });
            }
        });
        CompletableFuture<Artifact> answer = new CompletableFuture<>();
        AtomicInteger sent = new AtomicInteger();
        int all = 200;

        stub().uploadArtifact(new ClientResponseObserver<UploadArtifactRequest, Artifact>() {
            @Override
            public void beforeStart(ClientCallStreamObserver<UploadArtifactRequest> requests) {
                requests.setOnReadyHandler(() -> {
                    while (requests.isReady() && sent.get() < all) {
                        requests.onNext(chunk(sent.getAndIncrement()));
                        if (sent.get() == all) {
                            requests.onCompleted();
                        }
                    }
                });
            }

            @Override
            public void onNext(Artifact artifact) {
                answer.complete(artifact);
            }

            @Override
            public void onError(Throwable failure) {
                answer.completeExceptionally(failure);
            }

            @Override
            public void onCompleted() {}
        });
        ServerCallStreamObserver<Artifact> call =
                service.orTimeout(10, java.util.concurrent.TimeUnit.SECONDS).join();
        call.request(1);
        Eventually.holds("the first chunk arrives", () -> received.get() == 1);
        AtomicInteger before = new AtomicInteger(-1);
        Eventually.holds("the upload stands still", () -> before.getAndSet(sent.get()) == sent.get());
        // Windows and buffers of two connections hold some; without back-pressure all 200 MiB would have been sent.
        assertThat(sent.get()).isLessThan(50);

        call.request(all);

        assertThat(answer)
                .succeedsWithin(Duration.ofSeconds(60))
                .satisfies(artifact -> assertThat(artifact.getSizeBytes()).isEqualTo(all));
    }

    @Test
    void aSlowCallerSlowsTheDownloadDown() {
        AtomicInteger sent = new AtomicInteger();
        int all = 200;
        fleet.registry().serve(new ArtifactServiceGrpc.ArtifactServiceImplBase() {
            @Override
            public void downloadArtifact(
                    DownloadArtifactRequest request, StreamObserver<DownloadArtifactResponse> response) {
                ServerCallStreamObserver<DownloadArtifactResponse> call =
                        (ServerCallStreamObserver<DownloadArtifactResponse>) response;
                call.setOnReadyHandler(() -> {
                    while (call.isReady() && sent.get() < all) {
                        call.onNext(DownloadArtifactResponse.newBuilder()
                                .setChunk(bytes(sent.getAndIncrement()))
                                .build());
                        if (sent.get() == all) {
                            call.onCompleted();
                        }
                    }
                });
            }
        });

        Iterator<DownloadArtifactResponse> chunks = ArtifactServiceGrpc.newBlockingStub(callers.withKey(key))
                .downloadArtifact(DownloadArtifactRequest.getDefaultInstance());
        assertThat(chunks.next().getChunk().byteAt(0)).isEqualTo((byte) 0);
        AtomicInteger before = new AtomicInteger(-1);
        Eventually.holds("the download stands still", () -> before.getAndSet(sent.get()) == sent.get());
        assertThat(sent.get()).isLessThan(50);

        int next = 1;
        while (chunks.hasNext()) {
            assertThat(chunks.next().getChunk().byteAt(0)).isEqualTo((byte) next++);
        }
        assertThat(next).isEqualTo(all);
    }

    @Test
    void tellsTheServiceThatAnUploadBrokeOff() {
        CompletableFuture<Status.Code> end = new CompletableFuture<>();
        CompletableFuture<Void> begun = new CompletableFuture<>();
        fleet.registry().serve(new ArtifactServiceGrpc.ArtifactServiceImplBase() {
            @Override
            public StreamObserver<UploadArtifactRequest> uploadArtifact(StreamObserver<Artifact> response) {
                return new StreamObserver<>() {
                    @Override
                    public void onNext(UploadArtifactRequest request) {
                        begun.complete(null);
                    }

                    @Override
                    public void onError(Throwable failure) {
                        end.complete(Status.fromThrowable(failure).getCode());
                    }

                    @Override
                    public void onCompleted() {
                        end.complete(Status.Code.OK);
                    }
                };
            }
        });

        ClientCallStreamObserver<UploadArtifactRequest> upload = (ClientCallStreamObserver<UploadArtifactRequest>)
                stub().uploadArtifact(new Answer(new CompletableFuture<>()));
        upload.onNext(chunk(0));
        assertThat(begun).succeedsWithin(Duration.ofSeconds(10));
        upload.cancel("test", null);

        assertThat(end).succeedsWithin(Duration.ofSeconds(10)).isEqualTo(Status.Code.CANCELLED);
    }

    @Test
    void tellsTheCallerThatTheServiceRefusedHalfWay() {
        fleet.registry().serve(new ArtifactServiceGrpc.ArtifactServiceImplBase() {
            @Override
            public StreamObserver<UploadArtifactRequest> uploadArtifact(StreamObserver<Artifact> response) {
                return new Requests(
                        request -> response.onError(Status.FAILED_PRECONDITION
                                .withDescription("enough")
                                .asRuntimeException()),
                        () -> {});
            }
        });
        CompletableFuture<Artifact> answer = new CompletableFuture<>();

        stub().uploadArtifact(new Answer(answer)).onNext(chunk(0));

        assertThat(answer)
                .failsWithin(Duration.ofSeconds(10))
                .withThrowableOfType(java.util.concurrent.ExecutionException.class)
                .withMessageContaining("FAILED_PRECONDITION: enough");
    }

    private ArtifactServiceGrpc.ArtifactServiceStub stub() {
        return ArtifactServiceGrpc.newStub(callers.withKey(key));
    }

    private static UploadArtifactRequest chunk(int number) {
        return UploadArtifactRequest.newBuilder().setChunk(bytes(number)).build();
    }

    private static ByteString bytes(int number) {
        byte[] bytes = new byte[CHUNK];
        bytes[0] = (byte) number;
        return ByteString.copyFrom(bytes);
    }

    private record Requests(java.util.function.Consumer<UploadArtifactRequest> each, Runnable end)
            implements StreamObserver<UploadArtifactRequest> {
        @Override
        public void onNext(UploadArtifactRequest request) {
            each.accept(request);
        }

        @Override
        public void onError(Throwable failure) {
            // The caller has gone.
        }

        @Override
        public void onCompleted() {
            end.run();
        }
    }

    private record Answer(CompletableFuture<Artifact> future) implements StreamObserver<Artifact> {
        @Override
        public void onNext(@Nullable Artifact artifact) {
            future.complete(artifact);
        }

        @Override
        public void onError(Throwable failure) {
            future.completeExceptionally(failure);
        }

        @Override
        public void onCompleted() {}
    }
}
