package io.modelmill.registry.artifact;

import com.google.protobuf.UnsafeByteOperations;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.modelmill.proto.registry.v1.ArtifactServiceGrpc;
import io.modelmill.proto.registry.v1.DownloadArtifactRequest;
import io.modelmill.proto.registry.v1.DownloadArtifactResponse;
import io.modelmill.proto.registry.v1.GetArtifactRequest;
import io.modelmill.proto.registry.v1.UploadArtifactHeader;
import io.modelmill.proto.registry.v1.UploadArtifactRequest;
import io.modelmill.servicekit.error.Violations;
import io.modelmill.servicekit.grpc.GrpcCalls;
import io.modelmill.servicekit.resourcename.ResourceNamePattern;
import io.modelmill.servicekit.security.Caller;
import io.modelmill.servicekit.security.Role;
import io.quarkus.grpc.GrpcService;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Optional;

/** The ArtifactService of modelmill.registry.v1. */
@GrpcService
class ArtifactGrpcService extends ArtifactServiceGrpc.ArtifactServiceImplBase {
    private static final ResourceNamePattern TENANT = ResourceNamePattern.of("tenants/{tenant}");
    private static final ResourceNamePattern DIGEST = ResourceNamePattern.of("{sha256:digest}");
    private static final int CHUNK = 1 << 20;

    private final GrpcCalls calls;
    private final Artifacts artifacts;

    ArtifactGrpcService(GrpcCalls calls, Artifacts artifacts) {
        this.calls = calls;
        this.artifacts = artifacts;
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
        try (ArtifactUpload upload =
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
        response.onNext(toProto(artifact));
        response.onCompleted();
    }

    @Override
    public void getArtifact(
            GetArtifactRequest request, StreamObserver<io.modelmill.proto.registry.v1.Artifact> response) {
        calls.answer(response, () -> {
            ArtifactKey key = ArtifactKey.parse(request.getName(), "name");
            requireAccess(key.tenant(), key.name());
            return toProto(artifacts.get(key));
        });
    }

    @Override
    public void downloadArtifact(DownloadArtifactRequest request, StreamObserver<DownloadArtifactResponse> response) {
        var call = (ServerCallStreamObserver<DownloadArtifactResponse>) response;
        ReadySignal ready = new ReadySignal(call::isReady, call::isCancelled);
        call.setOnReadyHandler(ready::look);
        calls.run(response, () -> send(ArtifactKey.parse(request.getName(), "name"), ready, response));
        // After calls.run, which sets a handler of its own.
        call.setOnCancelHandler(ready::look);
    }

    private void send(ArtifactKey key, ReadySignal ready, StreamObserver<DownloadArtifactResponse> response)
            throws InterruptedException {
        requireAccess(key.tenant(), key.name());
        artifacts.get(key);
        try (InputStream bytes = artifacts.open(key)) {
            byte[] buffer = new byte[CHUNK];
            for (int read = bytes.readNBytes(buffer, 0, CHUNK); read > 0; read = bytes.readNBytes(buffer, 0, CHUNK)) {
                if (!ready.await()) {
                    return;
                }
                // A copy: the call holds on to the bytes until they are written.
                response.onNext(DownloadArtifactResponse.newBuilder()
                        .setChunk(UnsafeByteOperations.unsafeWrap(Arrays.copyOf(buffer, read)))
                        .build());
            }
        } catch (IOException e) {
            throw Artifacts.unavailable(e);
        }
        response.onCompleted();
    }

    private static void requireAccess(String tenant, String resourceName) {
        Caller.current().requireTenant(tenant, resourceName, Role.TENANT, Role.WORKER);
    }

    private static io.modelmill.proto.registry.v1.Artifact toProto(Artifact artifact) {
        return io.modelmill.proto.registry.v1.Artifact.newBuilder()
                .setName(artifact.key().name())
                .setSizeBytes(artifact.sizeBytes())
                .build();
    }
}
