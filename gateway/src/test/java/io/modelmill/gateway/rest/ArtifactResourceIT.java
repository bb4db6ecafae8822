package io.modelmill.gateway.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.modelmill.gateway.fixture.FakeFleet;
import io.modelmill.gateway.fixture.GatewayCallers;
import io.modelmill.gateway.fixture.GatewayIntegrationTest;
import io.modelmill.gateway.fixture.RestClient;
import io.modelmill.gateway.fixture.RestClient.Answer;
import io.modelmill.proto.registry.v1.Artifact;
import io.modelmill.proto.registry.v1.ArtifactServiceGrpc;
import io.modelmill.proto.registry.v1.DownloadArtifactRequest;
import io.modelmill.proto.registry.v1.DownloadArtifactResponse;
import io.modelmill.proto.registry.v1.GetArtifactRequest;
import io.modelmill.proto.registry.v1.UploadArtifactHeader;
import io.modelmill.proto.registry.v1.UploadArtifactRequest;
import io.modelmill.servicekit.error.ServiceException;
import io.modelmill.servicekit.error.StatusMapper;
import java.io.ByteArrayInputStream;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@GatewayIntegrationTest
class ArtifactResourceIT {
    private static final String SHA = "ab".repeat(32);

    @SuppressWarnings("NullAway.Init") // set by FakeFleetResource
    FakeFleet fleet;

    private final Artifacts artifacts = new Artifacts();
    private RestClient rest;
    private String path;

    @BeforeEach
    void connect() {
        try (GatewayCallers callers = GatewayCallers.connect()) {
            String tenant = callers.newTenant();
            rest = RestClient.withKey(callers.newKey(tenant).getSecret());
            path = "/v1/tenants/" + tenant + "/artifacts/" + SHA;
        }
        fleet.registry().serve(artifacts);
    }

    @AfterEach
    void disconnect() {
        fleet.registry().clear();
    }

    @Test
    void uploadsAndDownloadsAFile() {
        byte[] file = new byte[20_000_000];
        new Random(1).nextBytes(file);

        Answer uploaded = rest.send(rest.request(path).PUT(BodyPublishers.ofByteArray(file)));
        assertThat(uploaded.status()).as(uploaded.text()).isEqualTo(200);
        assertThat(uploaded.json().get("sizeBytes").asText()).isEqualTo("20000000");
        assertThat(uploaded.json().get("name").asText()).isEqualTo(path.substring("/v1/".length()));

        Answer downloaded = rest.get(path);
        assertThat(downloaded.status()).isEqualTo(200);
        assertThat(downloaded.header("content-length")).isEqualTo("20000000");
        assertThat(downloaded.body()).isEqualTo(file);
    }

    @Test
    void downloadsAPart() {
        byte[] file = new byte[5_000_000];
        new Random(2).nextBytes(file);
        artifacts.files.put(path.substring("/v1/".length()), ByteString.copyFrom(file));

        Answer part = rest.send(
                rest.request(path).header("range", "bytes=1000-2999999").GET());
        assertThat(part.status()).as(part.text()).isEqualTo(206);
        assertThat(part.header("content-range")).isEqualTo("bytes 1000-2999999/5000000");
        assertThat(part.header("content-length")).isEqualTo("2999000");
        assertThat(part.body()).isEqualTo(Arrays.copyOfRange(file, 1_000, 3_000_000));

        String etag = rest.get(path).header("etag");
        assertThat(etag).isEqualTo('"' + SHA + '"');
        Answer end = rest.send(rest.request(path)
                .header("range", "bytes=4999990-")
                .header("if-range", etag)
                .GET());
        assertThat(end.status()).isEqualTo(206);
        assertThat(end.body()).isEqualTo(Arrays.copyOfRange(file, 4_999_990, 5_000_000));
        Answer whole = rest.send(rest.request(path)
                .header("range", "bytes=0-9")
                .header("if-range", "\"other\"")
                .GET());
        assertThat(whole.status()).isEqualTo(200);
        assertThat(whole.body()).isEqualTo(file);
    }

    @Test
    void saysThatAFileHasNoSuchPart() {
        artifacts.files.put(path.substring("/v1/".length()), ByteString.copyFrom(new byte[10]));

        Answer answer =
                rest.send(rest.request(path).header("range", "bytes=10-").GET());

        assertThat(answer.status()).as(answer.text()).isEqualTo(416);
        assertThat(answer.header("content-range")).isEqualTo("bytes */10");
        assertThat(answer.text()).contains("range: \\\"bytes=10-\\\" (expected: bytes of a file of 10)");
    }

    @Test
    void tellsWhyAnUploadWasRefusedHalfWay() {
        artifacts.refusing = true;

        Answer answer = rest.send(rest.request(path).PUT(BodyPublishers.ofByteArray(new byte[3_000_000])));

        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
        assertThat(answer.text()).contains("the hash is another");
    }

    @Test
    void needsTheLength() {
        Answer answer = rest.send(
                rest.request(path).PUT(BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(new byte[10]))));

        assertThat(answer.status()).as(answer.text()).isEqualTo(411);
    }

    @Test
    void saysThatAFileIsNotThere() {
        assertThat(rest.get(path).status()).isEqualTo(404);
        assertThat(rest.delete(path).status()).isEqualTo(405);
        assertThat(RestClient.withKey("").get(path).status()).isEqualTo(401);
    }

    @Test
    void breaksTheConnectionOffWhereADownloadFails() {
        artifacts.files.put(path.substring("/v1/".length()), ByteString.copyFrom(new byte[5_000_000]));
        artifacts.breaking = true;

        assertThatThrownBy(() -> rest.get(path)).isInstanceOf(UncheckedIOException.class);
    }

    private static final class Artifacts extends ArtifactServiceGrpc.ArtifactServiceImplBase {
        private final Map<String, ByteString> files = new ConcurrentHashMap<>();
        private volatile boolean refusing;
        private volatile boolean breaking;

        @Override
        public StreamObserver<UploadArtifactRequest> uploadArtifact(StreamObserver<Artifact> response) {
            return new StreamObserver<>() {
                private @Nullable UploadArtifactHeader header;
                private ByteString bytes = ByteString.EMPTY;
                private boolean refused;

                @Override
                public void onNext(UploadArtifactRequest request) {
                    if (header == null) {
                        header = request.getHeader();
                        return;
                    }
                    bytes = bytes.concat(request.getChunk());
                    if (refusing && !refused) {
                        refused = true;
                        response.onError(Status.INVALID_ARGUMENT
                                .withDescription("the hash is another")
                                .asRuntimeException());
                    }
                }

                @Override
                public void onError(Throwable failure) {
                    // The caller has gone.
                }

                @Override
                public void onCompleted() {
                    if (header == null || header.getSizeBytes() != bytes.size()) {
                        response.onError(Status.INVALID_ARGUMENT.asRuntimeException());
                        return;
                    }
                    String name = header.getParent() + "/artifacts/" + header.getSha256();
                    files.put(name, bytes);
                    response.onNext(artifact(name, bytes));
                    response.onCompleted();
                }
            };
        }

        @Override
        public void getArtifact(GetArtifactRequest request, StreamObserver<Artifact> response) {
            ByteString bytes = files.get(request.getName());
            if (bytes == null) {
                response.onError(StatusMapper.toStatus(ServiceException.notFound(request.getName())));
                return;
            }
            response.onNext(artifact(request.getName(), bytes));
            response.onCompleted();
        }

        @Override
        public void downloadArtifact(
                DownloadArtifactRequest request, StreamObserver<DownloadArtifactResponse> response) {
            ByteString bytes = files.getOrDefault(request.getName(), ByteString.EMPTY);
            ServerCallStreamObserver<DownloadArtifactResponse> call =
                    (ServerCallStreamObserver<DownloadArtifactResponse>) response;
            call.setOnReadyHandler(new Runnable() {
                private int position = (int) request.getOffsetBytes();
                private final int until =
                        request.getLengthBytes() == 0 ? bytes.size() : position + (int) request.getLengthBytes();
                private boolean ended;

                @Override
                public void run() {
                    while (call.isReady() && !ended) {
                        if (breaking && position > 1_000_000) {
                            ended = true;
                            call.onError(Status.DATA_LOSS.asRuntimeException());
                        } else if (position == until) {
                            ended = true;
                            call.onCompleted();
                        } else {
                            int end = Math.min(position + (1 << 20), until);
                            call.onNext(DownloadArtifactResponse.newBuilder()
                                    .setChunk(bytes.substring(position, end))
                                    .build());
                            position = end;
                        }
                    }
                }
            });
        }

        private static Artifact artifact(String name, ByteString bytes) {
            return Artifact.newBuilder()
                    .setName(name)
                    .setSizeBytes(bytes.size())
                    .build();
        }
    }
}
