package io.modelmill.fleet.client;

import com.google.protobuf.ByteString;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.modelmill.proto.registry.v1.Artifact;
import io.modelmill.proto.registry.v1.ArtifactServiceGrpc;
import io.modelmill.proto.registry.v1.ArtifactUpload;
import io.modelmill.proto.registry.v1.CreateArtifactUploadRequest;
import io.modelmill.proto.registry.v1.DownloadArtifactRequest;
import io.modelmill.proto.registry.v1.DownloadArtifactResponse;
import io.modelmill.proto.registry.v1.FinishArtifactUploadRequest;
import io.modelmill.proto.registry.v1.GetArtifactRequest;
import io.modelmill.proto.registry.v1.UploadArtifactHeader;
import io.modelmill.proto.registry.v1.UploadArtifactRequest;
import io.modelmill.proto.registry.v1.WriteArtifactUploadRequest;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Keeps artifacts in memory under the registry's rules, and breaks calls off where a test wants it. */
final class BreakingArtifacts extends ArtifactServiceGrpc.ArtifactServiceImplBase {
    private static final int CHUNK = 1 << 20;

    private final Map<String, ByteString> artifacts = new HashMap<>();
    private final Map<String, ArtifactUpload> uploads = new HashMap<>();
    private final Map<String, ByteString> parts = new HashMap<>();
    private final List<Long> downloadOffsets = new ArrayList<>();
    private int begun;
    private int writes;
    private int breaks;
    private long received;
    private int loseBefore = Integer.MAX_VALUE;
    private int loseAfter = Integer.MAX_VALUE;
    private int forgetAt = Integer.MAX_VALUE;
    private Status refusal = Status.OK;
    private int refuseAfter;
    private boolean losesFinish;
    private int downloadChunks = Integer.MAX_VALUE;

    synchronized byte[] stored(String digest) {
        return Objects.requireNonNull(artifacts.get("tenants/acme/artifacts/" + digest), digest)
                .toByteArray();
    }

    /** Uploads that were begun and not there before. */
    synchronized int begun() {
        return begun;
    }

    /** Bytes of chunks that came, again or not. */
    synchronized long received() {
        return received;
    }

    /** Calls that ended as if the connection had. */
    synchronized int breaks() {
        return breaks;
    }

    synchronized List<Long> downloadOffsets() {
        return List.copyOf(downloadOffsets);
    }

    /** Every so many writes, one is lost before it is kept, and one after it. */
    synchronized void loseEvery(int before, int after) {
        loseBefore = before;
        loseAfter = after;
    }

    /** The upload is gone before this write, once. */
    synchronized void forgetUploadAfter(int write) {
        forgetAt = write;
    }

    /** Ends writes with the status: all that are behind so many, UNAVAILABLE ones for good, others once. */
    synchronized void answerWritesWith(Status status, int after) {
        refusal = status;
        refuseAfter = after;
    }

    synchronized void loseAnswerOfFinish() {
        losesFinish = true;
    }

    synchronized void breakDownloadsAfterChunks(int chunks) {
        downloadChunks = chunks;
    }

    synchronized String put(String tenant, byte[] content) {
        String digest = sha256(content);
        artifacts.put(tenant + "/artifacts/" + digest, ByteString.copyFrom(content));
        return digest;
    }

    synchronized void corrupt(String tenant, String digest) {
        artifacts.put(tenant + "/artifacts/" + digest, ByteString.copyFromUtf8("other bytes"));
    }

    @Override
    public synchronized void getArtifact(GetArtifactRequest request, StreamObserver<Artifact> response) {
        ByteString content = artifacts.get(request.getName());
        if (content == null) {
            response.onError(Status.NOT_FOUND.asRuntimeException());
            return;
        }
        answer(response, artifact(request.getName(), content));
    }

    @Override
    public synchronized void createArtifactUpload(
            CreateArtifactUploadRequest request, StreamObserver<ArtifactUpload> response) {
        String name = request.getParent() + "/artifactUploads/" + request.getArtifactUploadId();
        if (!uploads.containsKey(name)) {
            begun++;
            uploads.put(
                    name, request.getArtifactUpload().toBuilder().setName(name).build());
            parts.put(name, ByteString.EMPTY);
        }
        answer(response, state(name));
    }

    @Override
    public synchronized void writeArtifactUpload(
            WriteArtifactUploadRequest request, StreamObserver<ArtifactUpload> response) {
        writes++;
        if (writes == forgetAt) {
            uploads.clear();
        }
        if (!uploads.containsKey(request.getName())) {
            response.onError(Status.NOT_FOUND.asRuntimeException());
            return;
        }
        if (!refusal.isOk() && writes > refuseAfter) {
            breaks++;
            response.onError(refusal.asRuntimeException());
            refusal = refusal.getCode() == Status.Code.UNAVAILABLE ? refusal : Status.OK;
            return;
        }
        received += request.getChunk().size();
        ByteString part = parts.getOrDefault(request.getName(), ByteString.EMPTY);
        if (part.size() != request.getOffsetBytes()) {
            response.onError(Status.OUT_OF_RANGE.asRuntimeException());
            return;
        }
        boolean isLostBefore = writes % loseBefore == 0;
        if (!isLostBefore) {
            parts.put(request.getName(), part.concat(request.getChunk()));
        }
        if (isLostBefore || writes % loseAfter == 0) {
            breaks++;
            response.onError(Status.UNAVAILABLE.asRuntimeException());
            return;
        }
        answer(response, state(request.getName()));
    }

    @Override
    public synchronized void finishArtifactUpload(
            FinishArtifactUploadRequest request, StreamObserver<Artifact> response) {
        ArtifactUpload upload = uploads.remove(request.getName());
        if (upload == null) {
            response.onError(Status.NOT_FOUND.asRuntimeException());
            return;
        }
        byte[] content = parts.getOrDefault(request.getName(), ByteString.EMPTY).toByteArray();
        if (content.length != upload.getSizeBytes() || !sha256(content).equals(upload.getSha256())) {
            response.onError(Status.INVALID_ARGUMENT.asRuntimeException());
            return;
        }
        String digest = put("tenants/acme", content);
        if (losesFinish) {
            response.onError(Status.UNAVAILABLE.asRuntimeException());
            return;
        }
        answer(response, artifact("tenants/acme/artifacts/" + digest, ByteString.copyFrom(content)));
    }

    @Override
    public StreamObserver<UploadArtifactRequest> uploadArtifact(StreamObserver<Artifact> response) {
        return new StreamObserver<>() {
            private UploadArtifactHeader header = UploadArtifactHeader.getDefaultInstance();
            private ByteString content = ByteString.EMPTY;

            @Override
            public void onNext(UploadArtifactRequest request) {
                if (request.hasHeader()) {
                    header = request.getHeader();
                } else {
                    content = content.concat(request.getChunk());
                }
            }

            @Override
            public void onError(Throwable failure) {}

            @Override
            public void onCompleted() {
                if (header.getSizeBytes() != content.size()) {
                    response.onError(Status.INVALID_ARGUMENT.asRuntimeException());
                    return;
                }
                String digest = put(header.getParent(), content.toByteArray());
                answer(response, artifact(header.getParent() + "/artifacts/" + digest, content));
            }
        };
    }

    @Override
    public synchronized void downloadArtifact(
            DownloadArtifactRequest request, StreamObserver<DownloadArtifactResponse> response) {
        downloadOffsets.add(request.getOffsetBytes());
        ByteString content = artifacts.getOrDefault(request.getName(), ByteString.EMPTY);
        int position = (int) request.getOffsetBytes();
        for (int sent = 0; position < content.size(); sent++) {
            if (sent == downloadChunks) {
                response.onError(Status.UNAVAILABLE.asRuntimeException());
                return;
            }
            int end = Math.min(position + CHUNK, content.size());
            response.onNext(DownloadArtifactResponse.newBuilder()
                    .setChunk(content.substring(position, end))
                    .build());
            position = end;
        }
        response.onCompleted();
    }

    private ArtifactUpload state(String name) {
        return Objects.requireNonNull(uploads.get(name)).toBuilder()
                .setCommittedSizeBytes(
                        parts.getOrDefault(name, ByteString.EMPTY).size())
                .build();
    }

    private static Artifact artifact(String name, ByteString content) {
        return Artifact.newBuilder().setName(name).setSizeBytes(content.size()).build();
    }

    private static <T> void answer(StreamObserver<T> response, T message) {
        response.onNext(message);
        response.onCompleted();
    }

    static String sha256(byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
