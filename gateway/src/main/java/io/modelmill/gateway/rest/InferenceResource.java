package io.modelmill.gateway.rest;

import com.google.protobuf.ByteString;
import io.modelmill.gateway.routing.InferenceReadiness;
import io.modelmill.proto.inference.GRPCInferenceServiceGrpc;
import io.modelmill.proto.inference.GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingV2Stub;
import io.modelmill.proto.inference.ModelInferResponse;
import io.modelmill.proto.inference.ModelMetadataRequest;
import io.modelmill.proto.inference.ModelReadyRequest;
import io.modelmill.proto.inference.ServerMetadataRequest;
import io.modelmill.servicekit.error.Violations;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.StreamingOutput;
import java.io.InputStream;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The Open Inference Protocol v2 over HTTP. Liveness and readiness of the server are open, all else needs a key. */
@Path("/v2")
@RunOnVirtualThread
public class InferenceResource {
    private static final String JSON_LENGTH = "Inference-Header-Content-Length";

    private final RestCall call;
    private final RestConfig config;
    private final InferenceReadiness readiness;

    InferenceResource(RestCall call, RestConfig config, InferenceReadiness readiness) {
        this.call = call;
        this.config = config;
        this.readiness = readiness;
    }

    @GET
    public Response server() throws Exception {
        GRPCInferenceServiceBlockingV2Stub stub = stub();
        return json(InferResponseCodec.write(
                call.whileClientWaits(() -> stub.serverMetadata(ServerMetadataRequest.getDefaultInstance()))));
    }

    @GET
    @Path("health/live")
    public Response live() {
        return Response.ok(Map.of("live", true), MediaType.APPLICATION_JSON_TYPE)
                .build();
    }

    /** 200 if a prediction can be answered now, else 503. */
    @GET
    @Path("health/ready")
    public Response ready() {
        boolean ready = readiness.isReady();
        return readyAnswer(ready, Map.of("ready", ready));
    }

    @GET
    @Path("models/{model}")
    public Response model(@PathParam("model") String model) throws Exception {
        return model(model, "");
    }

    @GET
    @Path("models/{model}/versions/{version}")
    public Response model(@PathParam("model") String model, @PathParam("version") String version) throws Exception {
        GRPCInferenceServiceBlockingV2Stub stub = stub();
        ModelMetadataRequest request = ModelMetadataRequest.newBuilder()
                .setName(model)
                .setVersion(version)
                .build();
        return json(InferResponseCodec.write(call.whileClientWaits(() -> stub.modelMetadata(request))));
    }

    @GET
    @Path("models/{model}/ready")
    public Response modelReady(@PathParam("model") String model) throws Exception {
        return modelReady(model, "");
    }

    @GET
    @Path("models/{model}/versions/{version}/ready")
    public Response modelReady(@PathParam("model") String model, @PathParam("version") String version)
            throws Exception {
        GRPCInferenceServiceBlockingV2Stub stub = stub();
        ModelReadyRequest request = ModelReadyRequest.newBuilder()
                .setName(model)
                .setVersion(version)
                .build();
        boolean ready = call.whileClientWaits(() -> stub.modelReady(request)).getReady();
        return readyAnswer(ready, Map.of("name", model, "ready", ready));
    }

    @POST
    @Path("models/{model}/infer")
    public Response infer(
            @PathParam("model") String model, @HeaderParam(JSON_LENGTH) @Nullable String jsonLength, InputStream body)
            throws Exception {
        return infer(model, "", jsonLength, body);
    }

    @POST
    @Path("models/{model}/versions/{version}/infer")
    public Response infer(
            @PathParam("model") String model,
            @PathParam("version") String version,
            @HeaderParam(JSON_LENGTH) @Nullable String jsonLength,
            InputStream body)
            throws Exception {
        GRPCInferenceServiceBlockingV2Stub stub = stub();
        InferRequestCodec.Parsed parsed = InferRequestCodec.read(
                model, version, new Body(body, config.maxPredictionBytes()), jsonLength(jsonLength));
        ModelInferResponse answer = call.whileClientWaits(() -> stub.modelInfer(parsed.request()));
        InferResponseCodec.Written written = InferResponseCodec.write(answer, parsed::binary);
        if (written.binary().isEmpty()) {
            return json(written.json());
        }
        StreamingOutput output = sink -> {
            sink.write(written.json());
            for (ByteString tensor : written.binary()) {
                tensor.writeTo(sink);
            }
        };
        return Response.ok(output, MediaType.APPLICATION_OCTET_STREAM_TYPE)
                .header(JSON_LENGTH, written.json().length)
                .build();
    }

    private GRPCInferenceServiceBlockingV2Stub stub() {
        return GRPCInferenceServiceGrpc.newBlockingV2Stub(call.services());
    }

    private static Optional<Long> jsonLength(@Nullable String header) {
        if (header == null) {
            return Optional.empty();
        }
        try {
            long length = Long.parseLong(header.strip());
            if (length >= 0) {
                return Optional.of(length);
            }
        } catch (NumberFormatException notANumber) {
            // Answered below.
        }
        throw Violations.of(JSON_LENGTH, header, "bytes of the JSON part, 0 or more");
    }

    private static Response json(byte[] body) {
        return Response.ok(body, MediaType.APPLICATION_JSON_TYPE).build();
    }

    private static Response readyAnswer(boolean ready, Map<String, Object> body) {
        return Response.status(ready ? Response.Status.OK : Response.Status.SERVICE_UNAVAILABLE)
                .type(MediaType.APPLICATION_JSON_TYPE)
                .entity(body)
                .build();
    }
}
