package io.modelmill.fleet.client;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.grpc.Channel;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.stub.BlockingClientCall;
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
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** Files of one tenant, up and down. After a broken connection both go on where they were, a bounded number of times. */
final class ArtifactClient {
    private static final Duration FIRST_WAIT = Duration.ofMillis(200);
    private static final int DEADLINE_SECONDS = 60;
    private static final int TRANSFER_DEADLINE_SECONDS = 300;
    /** The registry takes up to 4 MiB in one call. A file of one chunk needs no upload that goes on. */
    private static final int CHUNK = 2 << 20;

    private static final Set<Status.Code> BROKEN = EnumSet.of(Status.Code.UNAVAILABLE, Status.Code.DEADLINE_EXCEEDED);
    /** Besides: many write at this moment, another writer was faster, or the upload has just ended or expired; the next look tells. */
    private static final Set<Status.Code> BROKEN_OR_CHANGED = EnumSet.of(
            Status.Code.UNAVAILABLE,
            Status.Code.DEADLINE_EXCEEDED,
            Status.Code.RESOURCE_EXHAUSTED,
            Status.Code.ABORTED,
            Status.Code.OUT_OF_RANGE,
            Status.Code.NOT_FOUND);

    private final Channel channel;
    private final String parent;
    private final Duration firstWait;

    /**
     * @param channel with a credential of the tenant
     * @param parent {@code tenants/{tenant}}
     */
    ArtifactClient(Channel channel, String parent) {
        this(channel, parent, FIRST_WAIT);
    }

    /** @param firstWait how long to wait at most before the second try */
    ArtifactClient(Channel channel, String parent, Duration firstWait) {
        this.channel = channel;
        this.parent = parent;
        this.firstWait = firstWait;
    }

    /** Bytes that can be read again and again, and stay as they are meanwhile. */
    interface Content {
        InputStream open() throws IOException;
    }

    /** Uploads the bytes unless they are there; answers their SHA-256. */
    String upload(Content content) throws StatusException, IOException, InterruptedException {
        long size = 0;
        MessageDigest sha256 = sha256();
        try (InputStream bytes = content.open()) {
            byte[] buffer = new byte[1 << 16];
            for (int read = bytes.read(buffer); read >= 0; read = bytes.read(buffer)) {
                sha256.update(buffer, 0, read);
                size += read;
            }
        }
        String digest = HexFormat.of().formatHex(sha256.digest());
        if (size <= CHUNK) {
            uploadAtOnce(digest, size, content);
        } else {
            uploadInChunks(digest, size, content);
        }
        return digest;
    }

    private void uploadAtOnce(String digest, long size, Content content)
            throws StatusException, IOException, InterruptedException {
        Retries retries = new Retries(firstWait, BROKEN);
        while (true) {
            try (InputStream bytes = content.open()) {
                if (!isThere(digest)) {
                    send(digest, size, bytes.readNBytes(CHUNK));
                }
                return;
            } catch (StatusException e) {
                retries.pause(e);
            }
        }
    }

    private void send(String digest, long size, byte[] bytes) throws StatusException, InterruptedException {
        BlockingClientCall<UploadArtifactRequest, Artifact> call = ArtifactServiceGrpc.newBlockingV2Stub(channel)
                .withDeadlineAfter(TRANSFER_DEADLINE_SECONDS, TimeUnit.SECONDS)
                .uploadArtifact();
        boolean open = call.write(UploadArtifactRequest.newBuilder()
                .setHeader(UploadArtifactHeader.newBuilder()
                        .setParent(parent)
                        .setSha256(digest)
                        .setSizeBytes(size))
                .build());
        if (open && bytes.length > 0) {
            open = call.write(UploadArtifactRequest.newBuilder()
                    .setChunk(UnsafeByteOperations.unsafeWrap(bytes))
                    .build());
        }
        if (open) {
            call.halfClose();
        }
        // Where the registry ended the call early, this throws why.
        if (call.read() == null) {
            throw Status.INTERNAL.withDescription("the upload was not answered").asException();
        }
    }

    private void uploadInChunks(String digest, long size, Content content)
            throws StatusException, IOException, InterruptedException {
        Retries retries = new Retries(firstWait, BROKEN_OR_CHANGED);
        long most = 0;
        while (!isThereNow(digest, retries)) {
            ArtifactUpload upload;
            try {
                upload = begin(digest, size);
            } catch (StatusException e) {
                if (e.getStatus().getCode() == Status.Code.NOT_FOUND) {
                    // No upload that was lost on the way: the tenant is another's.
                    throw e;
                }
                retries.pause(e);
                continue;
            }
            try (InputStream bytes = content.open()) {
                long committed = upload.getCommittedSizeBytes();
                bytes.skipNBytes(committed);
                while (true) {
                    if (committed > most) {
                        most = committed;
                        retries.progress();
                    }
                    if (committed == size) {
                        break;
                    }
                    committed = write(upload.getName(), committed, next(bytes, size - committed));
                }
                finish(upload.getName());
                return;
            } catch (StatusException e) {
                retries.pause(e);
            }
        }
    }

    /** Asks until there is an answer. */
    private boolean isThereNow(String digest, Retries retries) throws StatusException {
        while (true) {
            try {
                return isThere(digest);
            } catch (StatusException e) {
                retries.pause(e);
            }
        }
    }

    private static byte[] next(InputStream bytes, long missing) throws IOException {
        byte[] chunk = bytes.readNBytes((int) Math.min(CHUNK, missing));
        if (chunk.length == 0) {
            throw new EOFException("the file became shorter by " + missing + " bytes while it was uploaded");
        }
        return chunk;
    }

    /** The id follows from the hash: another process finds what this one has left, and goes on. */
    private ArtifactUpload begin(String digest, long size) throws StatusException {
        return service()
                .createArtifactUpload(CreateArtifactUploadRequest.newBuilder()
                        .setParent(parent)
                        .setArtifactUploadId("s" + digest.substring(0, 62))
                        .setArtifactUpload(
                                ArtifactUpload.newBuilder().setSha256(digest).setSizeBytes(size))
                        .build());
    }

    private long write(String upload, long offset, byte[] chunk) throws StatusException {
        return service()
                .writeArtifactUpload(WriteArtifactUploadRequest.newBuilder()
                        .setName(upload)
                        .setOffsetBytes(offset)
                        .setChunk(UnsafeByteOperations.unsafeWrap(chunk))
                        .build())
                .getCommittedSizeBytes();
    }

    private void finish(String upload) throws StatusException {
        Artifact _ = ArtifactServiceGrpc.newBlockingV2Stub(channel)
                .withDeadlineAfter(TRANSFER_DEADLINE_SECONDS, TimeUnit.SECONDS)
                .finishArtifactUpload(
                        FinishArtifactUploadRequest.newBuilder().setName(upload).build());
    }

    /**
     * Downloads a file by its SHA-256.
     *
     * @throws StatusException DATA_LOSS if its bytes have another
     */
    byte[] download(String digest) throws StatusException, InterruptedException {
        Retries retries = new Retries(firstWait, BROKEN);
        ByteString content = ByteString.EMPTY;
        while (true) {
            try {
                BlockingClientCall<?, DownloadArtifactResponse> call = ArtifactServiceGrpc.newBlockingV2Stub(channel)
                        .withDeadlineAfter(TRANSFER_DEADLINE_SECONDS, TimeUnit.SECONDS)
                        .downloadArtifact(DownloadArtifactRequest.newBuilder()
                                .setName(artifact(digest))
                                .setOffsetBytes(content.size())
                                .build());
                for (var answer = call.read(); answer != null; answer = call.read()) {
                    content = content.concat(answer.getChunk());
                    retries.progress();
                }
                break;
            } catch (StatusException e) {
                retries.pause(e);
            }
        }
        byte[] bytes = content.toByteArray();
        String actual = HexFormat.of().formatHex(sha256().digest(bytes));
        if (!actual.equals(digest)) {
            throw Status.DATA_LOSS
                    .withDescription(
                            "%s came with SHA-256 %s (expected: that of its name)".formatted(artifact(digest), actual))
                    .asException();
        }
        return bytes;
    }

    private boolean isThere(String digest) throws StatusException {
        try {
            Artifact _ = service()
                    .getArtifact(GetArtifactRequest.newBuilder()
                            .setName(artifact(digest))
                            .build());
            return true;
        } catch (StatusException e) {
            if (e.getStatus().getCode() == Status.Code.NOT_FOUND) {
                return false;
            }
            throw e;
        }
    }

    private String artifact(String digest) {
        return parent + "/artifacts/" + digest;
    }

    private ArtifactServiceGrpc.ArtifactServiceBlockingV2Stub service() {
        return ArtifactServiceGrpc.newBlockingV2Stub(channel).withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
