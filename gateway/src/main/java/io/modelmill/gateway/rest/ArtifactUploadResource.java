package io.modelmill.gateway.rest;

import com.google.protobuf.UnsafeByteOperations;
import io.grpc.Channel;
import io.modelmill.proto.registry.v1.ArtifactServiceGrpc;
import io.modelmill.proto.registry.v1.ArtifactUpload;
import io.modelmill.proto.registry.v1.WriteArtifactUploadRequest;
import io.modelmill.servicekit.error.Violations;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** Bytes of uploads of many calls. A body may be all that is missing: what came of it before it broke off is kept. */
@Path("/v1/tenants/{tenant}/artifactUploads/{upload}/bytes")
@RunOnVirtualThread
public class ArtifactUploadResource {
    /** Registry-service takes up to 4 MiB in one call. */
    private static final int CHUNK_BYTES = 2 << 20;

    private final RestCall call;

    ArtifactUploadResource(RestCall call) {
        this.call = call;
    }

    /** Adds the body to the upload; answers the upload. */
    @PUT
    public Response write(
            @PathParam("tenant") String tenant,
            @PathParam("upload") String upload,
            @QueryParam("offset_bytes") @Nullable String offset,
            InputStream body)
            throws Exception {
        Channel services = call.services();
        long begin = offset(offset);
        String name = "tenants/" + tenant + "/artifactUploads/" + upload;
        ArtifactUpload written = call.whileClientWaits(() -> write(services, name, begin, body));
        return Response.ok(JsonBinding.print(written), MediaType.APPLICATION_JSON_TYPE)
                .build();
    }

    private static ArtifactUpload write(Channel services, String name, long begin, InputStream body) throws Exception {
        ArtifactServiceGrpc.ArtifactServiceBlockingV2Stub artifacts = ArtifactServiceGrpc.newBlockingV2Stub(services);
        byte[] chunk = body.readNBytes(CHUNK_BYTES);
        long offset = begin;
        while (true) {
            // An empty body too: the service says what is wrong with it.
            ArtifactUpload written = artifacts.writeArtifactUpload(WriteArtifactUploadRequest.newBuilder()
                    .setName(name)
                    .setOffsetBytes(offset)
                    .setChunk(UnsafeByteOperations.unsafeWrap(chunk))
                    .build());
            offset += chunk.length;
            chunk = body.readNBytes(CHUNK_BYTES);
            if (chunk.length == 0) {
                return written;
            }
        }
    }

    private static long offset(@Nullable String text) {
        if (text == null) {
            return 0;
        }
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw Violations.of("offset_bytes", text, "the upload's committed_size_bytes");
        }
    }
}
