package io.modelmill.gateway.rest;

import io.grpc.StatusException;
import io.grpc.StatusRuntimeException;
import io.modelmill.servicekit.error.ServiceException;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;

/** Error bodies of all resources, in the form of the path: the Open Inference Protocol's under v2, Google's elsewhere. */
final class FailureResponses {
    private FailureResponses() {}

    /** The answer to a failed request. */
    static Response of(Throwable failure, UriInfo uri) {
        Failure known = Failure.of(failure);
        boolean inference = uri.getPath().startsWith("/v2");
        Response.ResponseBuilder response = Response.status(known.httpStatus())
                .type(MediaType.APPLICATION_JSON_TYPE)
                .entity(inference ? JsonBinding.inferenceErrorBody(known) : JsonBinding.errorBody(known));
        known.retryAfterSeconds().ifPresent(seconds -> response.header(HttpHeaders.RETRY_AFTER, seconds));
        if (known.httpStatus() == Response.Status.UNAUTHORIZED.getStatusCode()) {
            response.header(HttpHeaders.WWW_AUTHENTICATE, "Bearer");
        }
        return response.build();
    }

    /** Found by their annotations. */
    static final class Mappers {
        @ServerExceptionMapper
        Response map(ServiceException failure, UriInfo uri) {
            return of(failure, uri);
        }

        @ServerExceptionMapper
        Response map(StatusRuntimeException failure, UriInfo uri) {
            return of(failure, uri);
        }

        @ServerExceptionMapper
        Response map(StatusException failure, UriInfo uri) {
            return of(failure, uri);
        }

        @ServerExceptionMapper
        Response map(RuntimeException failure, UriInfo uri) {
            return of(failure, uri);
        }

        /** What the HTTP framework refuses: unknown paths, wrong methods and media types. */
        @ServerExceptionMapper
        Response map(WebApplicationException failure, UriInfo uri) {
            int status = failure.getResponse().getStatus();
            RestReason reason = switch (status) {
                case 404 -> RestReason.PATH_UNKNOWN;
                case 405 -> RestReason.METHOD_NOT_ALLOWED;
                case 413 -> RestReason.BODY_TOO_LARGE;
                default -> RestReason.FORM_REFUSED;
            };
            return status >= 500
                    ? of(new IllegalStateException(failure), uri)
                    : of(new ServiceException(reason, "HTTP " + status + ": " + uri.getPath()), uri);
        }
    }
}
