package io.modelmill.gateway.rest;

import com.google.protobuf.UnsafeByteOperations;
import io.grpc.Channel;
import io.grpc.StatusException;
import io.grpc.stub.BlockingClientCall;
import io.modelmill.proto.registry.v1.Artifact;
import io.modelmill.proto.registry.v1.ArtifactServiceGrpc;
import io.modelmill.proto.registry.v1.DownloadArtifactRequest;
import io.modelmill.proto.registry.v1.DownloadArtifactResponse;
import io.modelmill.proto.registry.v1.GetArtifactRequest;
import io.modelmill.proto.registry.v1.UploadArtifactHeader;
import io.modelmill.proto.registry.v1.UploadArtifactRequest;
import io.modelmill.servicekit.error.ServiceException;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.StreamingOutput;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Files as they are, streamed both ways: no more than a chunk is held. */
@Path("/v1/tenants/{tenant}/artifacts/{sha256}")
@RunOnVirtualThread
public class ArtifactResource {
    private static final int CHUNK_BYTES = 1 << 20;

    private final RestCall call;

    ArtifactResource(RestCall call) {
        this.call = call;
    }

    /** Uploads a file whose SHA-256 is in the path. */
    @PUT
    public Response upload(
            @PathParam("tenant") String tenant,
            @PathParam("sha256") String sha256,
            @HeaderParam(HttpHeaders.CONTENT_LENGTH) @Nullable Long length,
            InputStream body)
            throws Exception {
        Channel services = call.services();
        if (length == null) {
            throw new ServiceException(
                    RestReason.LENGTH_REQUIRED, "content-length: missing (expected: the file's size)");
        }
        UploadArtifactRequest header = UploadArtifactRequest.newBuilder()
                .setHeader(UploadArtifactHeader.newBuilder()
                        .setParent("tenants/" + tenant)
                        .setSha256(sha256)
                        .setSizeBytes(length))
                .build();
        Artifact artifact = call.whileClientWaits(() -> upload(services, header, body));
        return Response.ok(JsonBinding.print(artifact), MediaType.APPLICATION_JSON_TYPE)
                .build();
    }

    private static Artifact upload(Channel services, UploadArtifactRequest header, InputStream body) throws Exception {
        BlockingClientCall<UploadArtifactRequest, Artifact> upload =
                ArtifactServiceGrpc.newBlockingV2Stub(services).uploadArtifact();
        try {
            boolean open = upload.write(header);
            while (open) {
                byte[] chunk = body.readNBytes(CHUNK_BYTES);
                if (chunk.length == 0) {
                    break;
                }
                // False once the service has ended the call; its answer says why.
                open = upload.write(UploadArtifactRequest.newBuilder()
                        .setChunk(UnsafeByteOperations.unsafeWrap(chunk))
                        .build());
            }
            if (open) {
                upload.halfClose();
            }
            Artifact artifact = upload.read();
            if (artifact == null) {
                throw new IllegalStateException("registry-service ended an upload without an answer");
            }
            return artifact;
        } catch (IOException gone) {
            upload.cancel("the client has gone", gone);
            throw gone;
        }
    }

    /** Downloads a file, or the part of it that a Range header asks for. */
    @GET
    public Response download(
            @PathParam("tenant") String tenant,
            @PathParam("sha256") String sha256,
            @HeaderParam("range") @Nullable String rangeHeader,
            @HeaderParam("if-range") @Nullable String ifRange)
            throws Exception {
        Channel services = call.services();
        String name = "tenants/" + tenant + "/artifacts/" + sha256;
        ArtifactServiceGrpc.ArtifactServiceBlockingV2Stub artifacts = ArtifactServiceGrpc.newBlockingV2Stub(services);
        Artifact artifact = call.whileClientWaits(() -> artifacts.getArtifact(
                GetArtifactRequest.newBuilder().setName(name).build()));
        long size = artifact.getSizeBytes();
        String etag = '"' + sha256 + '"';
        Optional<RequestedRange> range;
        try {
            range = ifRange == null || ifRange.equals(etag) ? RequestedRange.of(rangeHeader, size) : Optional.empty();
        } catch (ServiceException outside) {
            Failure failure = Failure.of(outside);
            return Response.status(failure.httpStatus())
                    .type(MediaType.APPLICATION_JSON_TYPE)
                    .header("content-range", "bytes */" + size)
                    .entity(JsonBinding.errorBody(failure))
                    .build();
        }
        DownloadArtifactRequest.Builder request =
                DownloadArtifactRequest.newBuilder().setName(name);
        range.ifPresent(part -> request.setOffsetBytes(part.first()).setLengthBytes(part.length()));
        BlockingClientCall<?, DownloadArtifactResponse> chunks =
                call.whileClientWaits(() -> artifacts.downloadArtifact(request.build()));
        StreamingOutput output = sink -> write(chunks, sink);
        Response.ResponseBuilder response = Response.status(range.isPresent() ? 206 : 200)
                .entity(output)
                .type(MediaType.APPLICATION_OCTET_STREAM_TYPE)
                .header("accept-ranges", "bytes")
                .header(HttpHeaders.ETAG, etag)
                .header(
                        HttpHeaders.CONTENT_LENGTH,
                        range.map(RequestedRange::length).orElse(size));
        range.ifPresent(part -> response.header("content-range", part.contentRange(size)));
        return response.build();
    }

    private static void write(BlockingClientCall<?, DownloadArtifactResponse> chunks, OutputStream sink)
            throws IOException {
        try {
            for (DownloadArtifactResponse next = chunks.read(); next != null; next = chunks.read()) {
                next.getChunk().writeTo(sink);
            }
        } catch (StatusException failure) {
            // The head is sent: only a broken connection can tell the client now.
            throw new IOException(
                    "the download broke off: " + failure.getStatus().getCode(), failure);
        } catch (InterruptedException e) {
            chunks.cancel("interrupted", e);
            throw new InterruptedIOException();
        } catch (IOException gone) {
            chunks.cancel("the client has gone", gone);
            throw gone;
        }
    }
}
