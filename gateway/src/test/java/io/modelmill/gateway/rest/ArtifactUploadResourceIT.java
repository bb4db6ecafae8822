package io.modelmill.gateway.rest;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Empty;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.modelmill.gateway.fixture.FakeFleet;
import io.modelmill.gateway.fixture.GatewayCallers;
import io.modelmill.gateway.fixture.GatewayIntegrationTest;
import io.modelmill.gateway.fixture.RestClient;
import io.modelmill.gateway.fixture.RestClient.Answer;
import io.modelmill.proto.registry.v1.Artifact;
import io.modelmill.proto.registry.v1.ArtifactServiceGrpc;
import io.modelmill.proto.registry.v1.ArtifactUpload;
import io.modelmill.proto.registry.v1.CreateArtifactUploadRequest;
import io.modelmill.proto.registry.v1.DeleteArtifactUploadRequest;
import io.modelmill.proto.registry.v1.FinishArtifactUploadRequest;
import io.modelmill.proto.registry.v1.GetArtifactUploadRequest;
import io.modelmill.proto.registry.v1.WriteArtifactUploadRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Uploads of many calls over HTTP. */
@GatewayIntegrationTest
class ArtifactUploadResourceIT {
    @SuppressWarnings("NullAway.Init") // set by FakeFleetResource
    FakeFleet fleet;

    private final Uploads uploads = new Uploads();
    private RestClient rest;
    private String tenant;
    private String path;

    @BeforeEach
    void connect() {
        try (GatewayCallers callers = GatewayCallers.connect()) {
            String id = callers.newTenant();
            rest = RestClient.withKey(callers.newKey(id).getSecret());
            tenant = "tenants/" + id;
            path = "/v1/" + tenant + "/artifactUploads/large";
        }
        fleet.registry().serve(uploads);
    }

    @AfterEach
    void disconnect() {
        fleet.registry().clear();
    }

    @Test
    void goesOnWhereABodyEnded() {
        byte[] file = new byte[10_000_000];
        new Random(1).nextBytes(file);

        Answer begun = rest.send(
                "POST",
                "/v1/" + tenant + "/artifactUploads?artifact_upload_id=large",
                "{'sha256': 'ab', 'sizeBytes': 10000000}");
        assertThat(begun.status()).as(begun.text()).isEqualTo(200);
        assertThat(begun.json().get("name").asText()).isEqualTo(tenant + "/artifactUploads/large");
        Answer first = put("0", Arrays.copyOf(file, 3_000_000));
        assertThat(first.json().get("committedSizeBytes").asText()).isEqualTo("3000000");
        assertThat(rest.get(path).json().get("committedSizeBytes").asText()).isEqualTo("3000000");
        Answer second = put("3000000", Arrays.copyOfRange(file, 3_000_000, file.length));
        assertThat(second.json().get("committedSizeBytes").asText()).isEqualTo("10000000");
        Answer finished = rest.send("POST", path + ":finish", "");

        assertThat(finished.status()).as(finished.text()).isEqualTo(200);
        assertThat(finished.json().get("sizeBytes").asText()).isEqualTo("10000000");
        assertThat(uploads.bytes.toByteArray()).isEqualTo(file);
        // A body is passed on in chunks that the service takes.
        assertThat(uploads.chunks)
                .containsExactly(2 << 20, 3_000_000 - (2 << 20), 2 << 20, 2 << 20, 2 << 20, 7_000_000 - (6 << 20));
        assertThat(rest.delete(path).status()).isEqualTo(200);
        assertThat(uploads.isDeleted).isTrue();
    }

    @Test
    void tellsWhatIsWrongWithAPart() {
        Answer offset = put("half", new byte[1]);
        assertThat(offset.status()).isEqualTo(400);
        assertThat(offset.text()).contains("offset_bytes: \\\"half\\\" (expected: the upload's committed_size_bytes)");

        Answer elsewhere = put("7", new byte[1]);
        assertThat(elsewhere.status()).isEqualTo(400);
        assertThat(elsewhere.text()).contains("OUT_OF_RANGE", "offset_bytes: 7 (expected: 0)");

        assertThat(put("0", new byte[0]).text()).contains("chunk: 0 bytes");
        assertThat(RestClient.withKey("").get(path).status()).isEqualTo(401);
    }

    private Answer put(String offset, byte[] part) {
        return rest.send(rest.request(path + "/bytes?offset_bytes=" + offset).PUT(BodyPublishers.ofByteArray(part)));
    }

    private static final class Uploads extends ArtifactServiceGrpc.ArtifactServiceImplBase {
        private final List<Integer> chunks = new CopyOnWriteArrayList<>();
        private volatile ByteString bytes = ByteString.EMPTY;
        private volatile ArtifactUpload upload = ArtifactUpload.getDefaultInstance();
        private volatile boolean isDeleted;

        @Override
        public void createArtifactUpload(CreateArtifactUploadRequest request, StreamObserver<ArtifactUpload> response) {
            upload = request.getArtifactUpload().toBuilder()
                    .setName(request.getParent() + "/artifactUploads/" + request.getArtifactUploadId())
                    .build();
            answer(response, upload);
        }

        @Override
        public void getArtifactUpload(GetArtifactUploadRequest request, StreamObserver<ArtifactUpload> response) {
            answer(response, upload);
        }

        @Override
        public void writeArtifactUpload(WriteArtifactUploadRequest request, StreamObserver<ArtifactUpload> response) {
            if (request.getOffsetBytes() != bytes.size()) {
                response.onError(Status.OUT_OF_RANGE
                        .withDescription(
                                "offset_bytes: " + request.getOffsetBytes() + " (expected: " + bytes.size() + ")")
                        .asRuntimeException());
                return;
            }
            if (request.getChunk().isEmpty()) {
                response.onError(Status.INVALID_ARGUMENT
                        .withDescription("chunk: 0 bytes")
                        .asRuntimeException());
                return;
            }
            chunks.add(request.getChunk().size());
            bytes = bytes.concat(request.getChunk());
            upload = upload.toBuilder().setCommittedSizeBytes(bytes.size()).build();
            answer(response, upload);
        }

        @Override
        public void finishArtifactUpload(FinishArtifactUploadRequest request, StreamObserver<Artifact> response) {
            answer(response, Artifact.newBuilder().setSizeBytes(bytes.size()).build());
        }

        @Override
        public void deleteArtifactUpload(DeleteArtifactUploadRequest request, StreamObserver<Empty> response) {
            isDeleted = true;
            answer(response, Empty.getDefaultInstance());
        }

        private static <T> void answer(StreamObserver<T> response, T message) {
            response.onNext(message);
            response.onCompleted();
        }
    }
}
