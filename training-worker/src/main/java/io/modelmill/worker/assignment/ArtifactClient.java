package io.modelmill.worker.assignment;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.github.resilience4j.core.IntervalFunction;
import io.github.resilience4j.retry.Retry;
import io.github.resilience4j.retry.RetryConfig;
import io.grpc.Channel;
import io.grpc.ClientInterceptor;
import io.grpc.Status;
import io.grpc.StatusException;
import io.modelmill.proto.registry.v1.Artifact;
import io.modelmill.proto.registry.v1.ArtifactServiceGrpc;
import io.modelmill.proto.registry.v1.ArtifactUpload;
import io.modelmill.proto.registry.v1.CreateArtifactUploadRequest;
import io.modelmill.proto.registry.v1.DownloadArtifactRequest;
import io.modelmill.proto.registry.v1.FinishArtifactUploadRequest;
import io.modelmill.proto.registry.v1.GetArtifactRequest;
import io.modelmill.proto.registry.v1.UploadArtifactHeader;
import io.modelmill.proto.registry.v1.UploadArtifactRequest;
import io.modelmill.proto.registry.v1.WriteArtifactUploadRequest;
import io.modelmill.worker.failure.JobFailedException;
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
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** Bytes from and to the registry, addressed by their SHA-256 within the job's tenant. */
public final class ArtifactClient {
    private static final int CHUNK = 1 << 20;
    /** The registry takes up to 4 MiB in one call. */
    private static final int LARGE_CHUNK = 2 << 20;

    /** Few, as each waits for the registry to be back. */
    private static final int TRIES = 3;

    private static final Duration FIRST_WAIT = Duration.ofMillis(200);
    private static final Set<Status.Code> BROKEN = EnumSet.of(Status.Code.UNAVAILABLE);
    /** Besides: many write at this moment; another attempt sends the same file and was faster, or has just ended; or the upload has expired. */
    private static final Set<Status.Code> BROKEN_OR_CHANGED = EnumSet.of(
            Status.Code.UNAVAILABLE,
            Status.Code.RESOURCE_EXHAUSTED,
            Status.Code.ABORTED,
            Status.Code.OUT_OF_RANGE,
            Status.Code.NOT_FOUND);

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
        MessageDigest digest = sha256();
        try (OutputStream file = Files.newOutputStream(target)) {
            Progress progress = new Progress();
            Artifact artifact = retrying("download " + sha256, BROKEN, progress, () -> {
                Artifact announced = get(sha256);
                var call = service.withDeadlineAfter(TRANSFER_PATIENCE.toNanos(), TimeUnit.NANOSECONDS)
                        .downloadArtifact(DownloadArtifactRequest.newBuilder()
                                .setName(name(sha256))
                                .setOffsetBytes(progress.bytes())
                                .build());
                for (var answer = call.read(); answer != null; answer = call.read()) {
                    ByteString chunk = answer.getChunk();
                    digest.update(chunk.asReadOnlyByteBuffer());
                    chunk.writeTo(file);
                    progress.reach(progress.bytes() + chunk.size());
                }
                return announced;
            });
            String actual = HexFormat.of().formatHex(digest.digest());
            if (!actual.equals(sha256) || progress.bytes() != artifact.getSizeBytes()) {
                throw new PlatformFailedException(
                        "the registry sent %d bytes with SHA-256 %s (expected: %d bytes with SHA-256 %s)"
                                .formatted(progress.bytes(), actual, artifact.getSizeBytes(), sha256));
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot download " + sha256 + ": the disk fails", e);
        }
    }

    /**
     * Uploads bytes unless the registry has them already, and answers their SHA-256.
     *
     * @throws JobFailedException when the tenant has no room left
     */
    public String upload(byte[] bytes) {
        String sha256 = HexFormat.of().formatHex(sha256().digest(bytes));
        Content content = (start, length) ->
                UnsafeByteOperations.unsafeWrap(bytes, Math.toIntExact(start), Math.toIntExact(length));
        return upload(sha256, bytes.length, content);
    }

    /**
     * Uploads a file, which stays as it is meanwhile, unless the registry has it already, and answers its SHA-256.
     *
     * @throws JobFailedException when the tenant has no room left
     */
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
        Progress progress = new Progress();
        Artifact artifact = retrying("upload " + sha256, BROKEN_OR_CHANGED, progress, () -> {
            try {
                return get(sha256);
            } catch (StatusException e) {
                if (e.getStatus().getCode() != Status.Code.NOT_FOUND) {
                    throw e;
                }
                return size <= LARGE_CHUNK
                        ? send(sha256, size, content)
                        : sendInChunks(sha256, size, content, progress);
            }
        });
        if (!artifact.getName().equals(name(sha256)) || artifact.getSizeBytes() != size) {
            throw new PlatformFailedException("the registry keeps %s with %d bytes (expected: %s with %d bytes)"
                    .formatted(artifact.getName(), artifact.getSizeBytes(), name(sha256), size));
        }
        return sha256;
    }

    /** Goes on where an earlier try, or an earlier attempt at the job, left off: the upload's id follows from the hash. */
    private Artifact sendInChunks(String sha256, long size, Content content, Progress progress)
            throws StatusException, IOException {
        ArtifactUpload upload = shortCall()
                .createArtifactUpload(CreateArtifactUploadRequest.newBuilder()
                        .setParent(tenant)
                        .setArtifactUploadId("s" + sha256.substring(0, 62))
                        .setArtifactUpload(
                                ArtifactUpload.newBuilder().setSha256(sha256).setSizeBytes(size))
                        .build());
        long committed = upload.getCommittedSizeBytes();
        progress.reach(committed);
        while (committed < size) {
            ByteString chunk = content.part(committed, Math.min(LARGE_CHUNK, size - committed));
            committed = shortCall()
                    .writeArtifactUpload(WriteArtifactUploadRequest.newBuilder()
                            .setName(upload.getName())
                            .setOffsetBytes(committed)
                            .setChunk(chunk)
                            .build())
                    .getCommittedSizeBytes();
            progress.reach(committed);
        }
        return service.withDeadlineAfter(TRANSFER_PATIENCE.toNanos(), TimeUnit.NANOSECONDS)
                .finishArtifactUpload(FinishArtifactUploadRequest.newBuilder()
                        .setName(upload.getName())
                        .build());
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
        return shortCall()
                .getArtifact(
                        GetArtifactRequest.newBuilder().setName(name(sha256)).build());
    }

    private ArtifactServiceGrpc.ArtifactServiceBlockingV2Stub shortCall() {
        return service.withWaitForReady().withDeadlineAfter(PATIENCE.toNanos(), TimeUnit.NANOSECONDS);
    }

    /**
     * Tries again when the registry goes away in the middle, or another attempt sends the same file: each try waits for the
     * registry to be back. Tries count from the last byte that got further than any before.
     */
    private static Artifact retrying(String what, Set<Status.Code> passing, Progress progress, Transfer transfer) {
        Retry retry = Retry.of(
                what,
                RetryConfig.custom()
                        .maxAttempts(TRIES)
                        .intervalFunction(IntervalFunction.ofExponentialRandomBackoff(FIRST_WAIT, 2))
                        .retryOnException(failure -> failure instanceof StatusException status
                                && passing.contains(status.getStatus().getCode()))
                        .build());
        Retry.Context<Artifact> row = retry.context();
        while (true) {
            long before = progress.bytes();
            try {
                return transfer.run();
            } catch (StatusException e) {
                if (BackPressure.isQuota(e)) {
                    // The trained model has no place: no other attempt would find one.
                    throw new JobFailedException(
                            "cannot %s: %s".formatted(what, e.getStatus().getDescription()));
                }
                if (progress.bytes() > before) {
                    row = retry.context();
                }
                pause(row, what, e);
                WorkerLog.write("%s broke off, trying again: %s", what, e.getMessage());
            } catch (IOException e) {
                throw new UncheckedIOException("cannot " + what + ": the disk fails", e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new PlatformFailedException("interrupted while waiting for the registry", e);
            }
        }
    }

    /** Waits before the next try, unless that was the last, or this thread is interrupted. */
    private static void pause(Retry.Context<Artifact> row, String what, StatusException failure) {
        try {
            row.onError(failure);
        } catch (Exception last) {
            throw new PlatformFailedException(
                    "cannot %s: the registry answers %s".formatted(what, last.getMessage()), last);
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

    /** How many bytes have got through, at most, over all tries. */
    private static final class Progress {
        private long bytes;

        long bytes() {
            return bytes;
        }

        void reach(long reached) {
            bytes = Math.max(bytes, reached);
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
