package io.modelmill.gateway.rest;

import com.google.protobuf.Empty;
import com.google.protobuf.Message;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.stub.BlockingClientCall;
import io.grpc.stub.ClientCalls;
import io.modelmill.servicekit.error.ServiceException;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.PATCH;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.StreamingOutput;
import jakarta.ws.rs.core.UriInfo;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Tenants, models, data sets and jobs as JSON: every request is one call of the method that its path stands for. */
@Path("/v1/{path:.+}")
@RunOnVirtualThread
public class JsonResource {
    private static final List<HttpRoute> ROUTES = ServiceRoutesProxy.all();
    private static final String EVENT_STREAM = "text/event-stream";
    private static final String LINES = "application/x-ndjson";

    private final RestCall call;
    private final RestConfig config;

    JsonResource(RestCall call, RestConfig config) {
        this.call = call;
        this.config = config;
    }

    @GET
    public Response get(
            @PathParam("path") String path,
            @Context UriInfo uri,
            @HeaderParam(HttpHeaders.ACCEPT) @Nullable String accept)
            throws Exception {
        return answer("GET", path, uri, InputStream.nullInputStream(), accept);
    }

    @POST
    public Response post(@PathParam("path") String path, @Context UriInfo uri, InputStream body) throws Exception {
        return answer("POST", path, uri, body, null);
    }

    @PUT
    public Response put(@PathParam("path") String path, @Context UriInfo uri, InputStream body) throws Exception {
        return answer("PUT", path, uri, body, null);
    }

    @PATCH
    public Response patch(@PathParam("path") String path, @Context UriInfo uri, InputStream body) throws Exception {
        return answer("PATCH", path, uri, body, null);
    }

    @DELETE
    public Response delete(@PathParam("path") String path, @Context UriInfo uri) throws Exception {
        return answer("DELETE", path, uri, InputStream.nullInputStream(), null);
    }

    private Response answer(String httpMethod, String path, UriInfo uri, InputStream body, @Nullable String accept)
            throws Exception {
        Channel services = call.services();
        HttpRoute route = route(httpMethod, path);
        Message request = request(route, path, uri, body);
        if (!route.method().getType().serverSendsOneMessage()) {
            return stream(services, route, request, accept != null && accept.contains(EVENT_STREAM));
        }
        Message answer = call.whileClientWaits(
                () -> ClientCalls.blockingV2UnaryCall(services, route.method(), CallOptions.DEFAULT, request));
        return Response.ok(JsonBinding.print(answer), MediaType.APPLICATION_JSON_TYPE)
                .build();
    }

    private static HttpRoute route(String httpMethod, String path) {
        List<HttpRoute> known =
                ROUTES.stream().filter(route -> route.match(path).isPresent()).toList();
        if (known.isEmpty()) {
            throw new ServiceException(RestReason.PATH_UNKNOWN, "path: \"/v1/" + path + "\" is no resource");
        }
        return known.stream()
                .filter(route -> route.httpMethod().equals(httpMethod))
                .findFirst()
                .orElseThrow(() -> new ServiceException(
                        RestReason.METHOD_NOT_ALLOWED,
                        httpMethod + " (expected: "
                                + known.stream().map(HttpRoute::httpMethod).collect(Collectors.joining(" or ")) + ")"));
    }

    private Message request(HttpRoute route, String path, UriInfo uri, InputStream body) throws IOException {
        Message.Builder request = route.newRequest();
        byte[] json = new Body(body, config.maxJsonBytes()).readAllBytes();
        Optional<Message.Builder> target = route.bodyOf(request);
        if (target.isPresent()) {
            JsonBinding.merge(json, target.get());
        } else if (!new String(json, StandardCharsets.UTF_8).isBlank()) {
            // An empty object does no harm, and some clients always send one.
            JsonBinding.merge(json, Empty.newBuilder());
        }
        uri.getQueryParameters().forEach((name, values) -> JsonBinding.mergeParameter(name, values, request));
        route.bindPath(route.match(path).orElseThrow(), request);
        return request.build();
    }

    /** One message a line, or an event each for clients that ask so; a failure on the way is the last of them. */
    private Response stream(Channel services, HttpRoute route, Message request, boolean events) throws Exception {
        BlockingClientCall<Message, Message> messages = call.whileClientWaits(() ->
                ClientCalls.blockingV2ServerStreamingCall(services, route.method(), CallOptions.DEFAULT, request));
        // A call that fails at once gets an answer with its own status.
        Message first = messages.read();
        StreamingOutput output = sink -> new MessageLines(messages, events).write(first, sink);
        return Response.ok(output, events ? EVENT_STREAM : LINES)
                .header(HttpHeaders.CACHE_CONTROL, "no-cache")
                .build();
    }
}
