package io.modelmill.registry.artifact;

import com.google.protobuf.Empty;
import com.google.protobuf.UnsafeByteOperations;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.modelmill.proto.registry.v1.ArtifactServiceGrpc;
import io.modelmill.proto.registry.v1.ArtifactUpload;
import io.modelmill.proto.registry.v1.CreateArtifactUploadRequest;
import io.modelmill.proto.registry.v1.DeleteArtifactUploadRequest;
import io.modelmill.proto.registry.v1.DownloadArtifactRequest;
import io.modelmill.proto.registry.v1.DownloadArtifactResponse;
import io.modelmill.proto.registry.v1.FinishArtifactUploadRequest;
import io.modelmill.proto.registry.v1.GetArtifactRequest;
import io.modelmill.proto.registry.v1.GetArtifactUploadRequest;
import io.modelmill.proto.registry.v1.ListArtifactUploadsRequest;
import io.modelmill.proto.registry.v1.ListArtifactUploadsResponse;
import io.modelmill.proto.registry.v1.UploadArtifactHeader;
import io.modelmill.proto.registry.v1.UploadArtifactRequest;
import io.modelmill.proto.registry.v1.WriteArtifactUploadRequest;
import io.modelmill.registry.database.PageTokens;
import io.modelmill.servicekit.error.Violations;
import io.modelmill.servicekit.grpc.GrpcCalls;
import io.modelmill.servicekit.paging.Page;
import io.modelmill.servicekit.paging.PageRequest;
import io.modelmill.servicekit.resourcename.ResourceNamePattern;
import io.modelmill.servicekit.security.Caller;
import io.modelmill.servicekit.security.Role;
import io.quarkus.grpc.GrpcService;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.NoSuchFileException;
import java.util.Arrays;
import java.util.Optional;
import java.util.UUID;

/** The ArtifactService of modelmill.registry.v1. */
@GrpcService
class ArtifactGrpcService extends ArtifactServiceGrpc.ArtifactServiceImplBase {
    private static final ResourceNamePattern TENANT = ResourceNamePattern.of("tenants/{tenant}");
    private static final ResourceNamePattern DIGEST = ResourceNamePattern.of("{sha256:digest}");
    private static final int CHUNK = 1 << 20;

    private final GrpcCalls calls;
    private final Artifacts artifacts;
    private final UploadSessions uploads;

    ArtifactGrpcService(GrpcCalls calls, Artifacts artifacts, UploadSessions uploads) {
        this.calls = calls;
        this.artifacts = artifacts;
        this.uploads = uploads;
    }

    @Override
    public StreamObserver<UploadArtifactRequest> uploadArtifact(
            StreamObserver<io.modelmill.proto.registry.v1.Artifact> response) {
        var call = (ServerCallStreamObserver<io.modelmill.proto.registry.v1.Artifact>) response;
        call.disableAutoRequest();
        PacedRequests<UploadArtifactRequest> requests = new PacedRequests<>(call::request);
        calls.run(response, () -> receive(requests, response));
        return requests;
    }

    private void receive(
            PacedRequests<UploadArtifactRequest> requests,
            StreamObserver<io.modelmill.proto.registry.v1.Artifact> response)
            throws InterruptedException {
        Optional<UploadArtifactRequest> first = requests.next();
        if (requests.isCancelled()) {
            return;
        }
        UploadArtifactHeader header = first.filter(UploadArtifactRequest::hasHeader)
                .map(UploadArtifactRequest::getHeader)
                .orElseThrow(() -> Violations.of("header", "missing", "the first message carries it"));
        String tenant = TENANT.parse(header.getParent(), "header.parent").getFirst();
        requireAccess(tenant, header.getParent());
        DIGEST.parse(header.getSha256(), "header.sha256");
        Artifact artifact;
        try (StreamedUpload upload =
                artifacts.upload(new ArtifactKey(tenant, header.getSha256()), header.getSizeBytes())) {
            for (var next = requests.next(); next.isPresent(); next = requests.next()) {
                if (!next.get().hasChunk()) {
                    throw Violations.of("chunk", "missing", "every message but the first carries one");
                }
                upload.write(next.get().getChunk().asReadOnlyByteBuffer());
            }
            if (requests.isCancelled()) {
                return;
            }
            artifact = upload.finish();
        }
        response.onNext(ArtifactProtoMapper.toProto(artifact));
        response.onCompleted();
    }

    @Override
    public void getArtifact(
            GetArtifactRequest request, StreamObserver<io.modelmill.proto.registry.v1.Artifact> response) {
        calls.answer(response, () -> {
            ArtifactKey key = ArtifactKey.parse(request.getName(), "name");
            requireAccess(key.tenant(), key.name());
            return ArtifactProtoMapper.toProto(artifacts.ask(key));
        });
    }

    @Override
    public void downloadArtifact(DownloadArtifactRequest request, StreamObserver<DownloadArtifactResponse> response) {
        var call = (ServerCallStreamObserver<DownloadArtifactResponse>) response;
        ReadySignal ready = new ReadySignal(call::isReady, call::isCancelled);
        call.setOnReadyHandler(ready::look);
        calls.run(response, () -> send(request, ready, response));
        // After calls.run, which sets a handler of its own.
        call.setOnCancelHandler(ready::look);
    }

    private void send(
            DownloadArtifactRequest request, ReadySignal ready, StreamObserver<DownloadArtifactResponse> response)
            throws InterruptedException {
        ArtifactKey key = ArtifactKey.parse(request.getName(), "name");
        requireAccess(key.tenant(), key.name());
        ByteRange range = ByteRange.of(
                request.getOffsetBytes(),
                request.getLengthBytes(),
                artifacts.get(key).sizeBytes());
        try (InputStream bytes = artifacts.open(key)) {
            bytes.skipNBytes(range.offset());
            byte[] buffer = new byte[CHUNK];
            for (long left = range.length(); left > 0; ) {
                int read = bytes.readNBytes(buffer, 0, (int) Math.min(left, CHUNK));
                if (read == 0) {
                    throw new EOFException(key.name() + " ends " + left + " bytes too early");
                }
                if (!ready.await()) {
                    return;
                }
                // A copy: the call holds on to the bytes until they are written.
                response.onNext(DownloadArtifactResponse.newBuilder()
                        .setChunk(UnsafeByteOperations.unsafeWrap(Arrays.copyOf(buffer, read)))
                        .build());
                left -= read;
            }
        } catch (NoSuchFileException e) {
            // A collection was faster, and then its row is gone too.
            var _ = artifacts.get(key);
            throw Artifacts.unavailable(e);
        } catch (IOException e) {
            throw Artifacts.unavailable(e);
        }
        response.onCompleted();
    }

    @Override
    public void createArtifactUpload(CreateArtifactUploadRequest request, StreamObserver<ArtifactUpload> response) {
        calls.answer(response, () -> {
            String tenant = TENANT.parse(request.getParent(), "parent").getFirst();
            requireAccess(tenant, request.getParent());
            String id = request.getArtifactUploadId().isEmpty()
                    ? "u-" + UUID.randomUUID()
                    : ResourceNamePattern.requireId(request.getArtifactUploadId(), "artifact_upload_id");
            ArtifactUpload upload = request.getArtifactUpload();
            DIGEST.parse(upload.getSha256(), "artifact_upload.sha256");
            return ArtifactProtoMapper.toProto(
                    uploads.begin(new UploadKey(tenant, id), upload.getSha256(), upload.getSizeBytes()));
        });
    }

    @Override
    public void getArtifactUpload(GetArtifactUploadRequest request, StreamObserver<ArtifactUpload> response) {
        calls.answer(response, () -> ArtifactProtoMapper.toProto(uploads.get(upload(request.getName()))));
    }

    @Override
    public void listArtifactUploads(
            ListArtifactUploadsRequest request, StreamObserver<ListArtifactUploadsResponse> response) {
        calls.answer(response, () -> {
            String tenant = TENANT.parse(request.getParent(), "parent").getFirst();
            requireAccess(tenant, request.getParent());
            PageRequest paging = PageTokens.byId(request.getPageSize(), request.getPageToken());
            Page<UploadSession> page = paging.page(
                    uploads.list(tenant, paging), session -> session.key().uploadId());
            return ListArtifactUploadsResponse.newBuilder()
                    .addAllArtifactUploads(page.items().stream()
                            .map(ArtifactProtoMapper::toProto)
                            .toList())
                    .setNextPageToken(page.nextPageToken())
                    .build();
        });
    }

    @Override
    public void writeArtifactUpload(WriteArtifactUploadRequest request, StreamObserver<ArtifactUpload> response) {
        calls.answer(
                response,
                () -> ArtifactProtoMapper.toProto(uploads.write(
                        upload(request.getName()),
                        request.getOffsetBytes(),
                        request.getChunk().asReadOnlyByteBuffer())));
    }

    @Override
    public void finishArtifactUpload(
            FinishArtifactUploadRequest request, StreamObserver<io.modelmill.proto.registry.v1.Artifact> response) {
        calls.answer(response, () -> ArtifactProtoMapper.toProto(uploads.finish(upload(request.getName()))));
    }

    @Override
    public void deleteArtifactUpload(DeleteArtifactUploadRequest request, StreamObserver<Empty> response) {
        calls.answer(response, () -> {
            uploads.delete(upload(request.getName()));
            return Empty.getDefaultInstance();
        });
    }

    private static UploadKey upload(String name) {
        UploadKey key = UploadKey.parse(name, "name");
        requireAccess(key.tenant(), name);
        return key;
    }

    private static void requireAccess(String tenant, String resourceName) {
        Caller.current().requireTenant(tenant, resourceName, Role.TENANT, Role.WORKER);
    }
}
