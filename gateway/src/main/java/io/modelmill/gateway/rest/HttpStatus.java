package io.modelmill.gateway.rest;

import io.grpc.Status;

/** The one function from a gRPC status to an HTTP status. */
final class HttpStatus {
    /** The client went away before the answer; no registered code, known from nginx. */
    static final int CLIENT_CLOSED_REQUEST = 499;

    private HttpStatus() {}

    static int of(Status.Code code) {
        return switch (code) {
            case OK -> 200;
            case INVALID_ARGUMENT, FAILED_PRECONDITION, OUT_OF_RANGE -> 400;
            case UNAUTHENTICATED -> 401;
            case PERMISSION_DENIED -> 403;
            case NOT_FOUND -> 404;
            case ALREADY_EXISTS, ABORTED -> 409;
            case RESOURCE_EXHAUSTED -> 429;
            case CANCELLED -> CLIENT_CLOSED_REQUEST;
            case UNIMPLEMENTED -> 501;
            case UNAVAILABLE -> 503;
            case DEADLINE_EXCEEDED -> 504;
            case INTERNAL, UNKNOWN, DATA_LOSS -> 500;
        };
    }
}
