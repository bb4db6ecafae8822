package io.modelmill.worker.assignment;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.grpc.Channel;
import io.grpc.ClientInterceptor;
import io.grpc.Status;
import io.grpc.StatusException;
import io.modelmill.proto.registry.v1.Artifact;
import io.modelmill.proto.registry.v1.ArtifactServiceGrpc;
import io.modelmill.proto.registry.v1.DownloadArtifactRequest;
import io.modelmill.proto.registry.v1.GetArtifactRequest;
import io.modelmill.proto.registry.v1.UploadArtifactHeader;
import io.modelmill.proto.registry.v1.UploadArtifactRequest;
import io.modelmill.worker.failure.PlatformFailedException;
import io.modelmill.worker.process.WorkerLog;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.concurrent.TimeUnit;

/** Bytes from and to the registry, addressed by their SHA-256 within the job's tenant. */
public final class ArtifactClient {
    private static final int CHUNK = 1 << 20;
    private static final int TRIES = 3;
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration TRANSFER_PATIENCE = Duration.ofMinutes(30);

    private final ArtifactServiceGrpc.ArtifactServiceBlockingV2Stub service;
    private final String tenant;

    /** @param tenant {@code tenants/{tenant}} */
    public ArtifactClient(Channel channel, ClientInterceptor headers, String tenant) {
        this.service = ArtifactServiceGrpc.newBlockingV2Stub(channel).withInterceptors(headers);
        this.tenant = tenant;
    }

    /**
     * Downloads a file.
     *
     * @throws PlatformFailedException when the registry lacks it, does not answer, or sends other bytes
     */
    public void download(String sha256, Path target) {
        retrying("download " + sha256, () -> {
            Artifact artifact = get(sha256);
            var call = service.withDeadlineAfter(TRANSFER_PATIENCE.toNanos(), TimeUnit.NANOSECONDS)
                    .downloadArtifact(DownloadArtifactRequest.newBuilder()
                            .setName(name(sha256))
                            .build());
            MessageDigest digest = sha256();
            long size = 0;
            try (OutputStream file = Files.newOutputStream(target)) {
                for (var answer = call.read(); answer != null; answer = call.read()) {
                    ByteString chunk = answer.getChunk();
                    digest.update(chunk.asReadOnlyByteBuffer());
                    chunk.writeTo(file);
                    size += chunk.size();
                }
            }
            String actual = HexFormat.of().formatHex(digest.digest());
            if (!actual.equals(sha256) || size != artifact.getSizeBytes()) {
                throw new PlatformFailedException(
                        "the registry sent %d bytes with SHA-256 %s (expected: %d bytes with SHA-256 %s)"
                                .formatted(size, actual, artifact.getSizeBytes(), sha256));
            }
            return artifact;
        });
    }

    /** Uploads bytes unless the registry has them already, and answers their SHA-256. */
    public String upload(byte[] bytes) {
        String sha256 = HexFormat.of().formatHex(sha256().digest(bytes));
        Content content = (start, length) ->
                UnsafeByteOperations.unsafeWrap(bytes, Math.toIntExact(start), Math.toIntExact(length));
        return upload(sha256, bytes.length, content);
    }

    /** Uploads a file, which stays as it is meanwhile, unless the registry has it already, and answers its SHA-256. */
    public String upload(Path file) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            Content content = (start, length) -> ByteString.copyFrom(read(channel, start, Math.toIntExact(length)));
            MessageDigest digest = sha256();
            for (long start = 0; start < channel.size(); start += CHUNK) {
                digest.update(read(channel, start, (int) Math.min(CHUNK, channel.size() - start)));
            }
            return upload(HexFormat.of().formatHex(digest.digest()), channel.size(), content);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read what is to be uploaded", e);
        }
    }

    private static ByteBuffer read(FileChannel channel, long start, int length) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        while (bytes.hasRemaining()) {
            if (channel.read(bytes, start + bytes.position()) < 0) {
                throw new EOFException("the file became shorter");
            }
        }
        return bytes.flip();
    }

    private String upload(String sha256, long size, Content content) {
        Artifact artifact = retrying("upload " + sha256, () -> {
            try {
                return get(sha256);
            } catch (StatusException e) {
                if (e.getStatus().getCode() != Status.Code.NOT_FOUND) {
                    throw e;
                }
                return send(sha256, size, content);
            }
        });
        if (!artifact.getName().equals(name(sha256)) || artifact.getSizeBytes() != size) {
            throw new PlatformFailedException("the registry keeps %s with %d bytes (expected: %s with %d bytes)"
                    .formatted(artifact.getName(), artifact.getSizeBytes(), name(sha256), size));
        }
        return sha256;
    }

    private Artifact send(String sha256, long size, Content content)
            throws StatusException, InterruptedException, IOException {
        var call = service.withDeadlineAfter(TRANSFER_PATIENCE.toNanos(), TimeUnit.NANOSECONDS)
                .uploadArtifact();
        boolean open = call.write(UploadArtifactRequest.newBuilder()
                .setHeader(UploadArtifactHeader.newBuilder()
                        .setParent(tenant)
                        .setSha256(sha256)
                        .setSizeBytes(size))
                .build());
        for (long start = 0; open && start < size; start += CHUNK) {
            ByteString chunk = content.part(start, Math.min(CHUNK, size - start));
            open = call.write(UploadArtifactRequest.newBuilder().setChunk(chunk).build());
        }
        if (open) {
            call.halfClose();
        }
        // When the registry closed the call early, this throws why.
        Artifact artifact = call.read();
        if (artifact == null) {
            throw new PlatformFailedException(
                    "the registry ended the upload of %s without an answer".formatted(sha256));
        }
        return artifact;
    }

    private Artifact get(String sha256) throws StatusException {
        return service.withWaitForReady()
                .withDeadlineAfter(PATIENCE.toNanos(), TimeUnit.NANOSECONDS)
                .getArtifact(
                        GetArtifactRequest.newBuilder().setName(name(sha256)).build());
    }

    /** Begins anew when the registry goes away in the middle: each try waits for it to be back. */
    private static Artifact retrying(String what, Transfer transfer) {
        for (int attempt = 1; ; attempt++) {
            try {
                return transfer.run();
            } catch (StatusException e) {
                boolean isLast = e.getStatus().getCode() != Status.Code.UNAVAILABLE || attempt == TRIES;
                if (isLast) {
                    throw new PlatformFailedException(
                            "cannot %s: the registry answers %s".formatted(what, e.getMessage()), e);
                }
                WorkerLog.write("cannot %s yet: %s", what, e.getMessage());
            } catch (IOException e) {
                throw new UncheckedIOException("cannot " + what + ": the disk fails", e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new PlatformFailedException("interrupted while waiting for the registry", e);
            }
        }
    }

    private String name(String sha256) {
        return tenant + "/artifacts/" + sha256;
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** What is uploaded, part by part. */
    private interface Content {
        ByteString part(long start, long length) throws IOException;
    }

    private interface Transfer {
        Artifact run() throws StatusException, IOException, InterruptedException;
    }
}
