package io.modelmill.gateway.rest;

import io.grpc.Status;
import io.modelmill.servicekit.error.ErrorReason;

/** Reasons that only the HTTP door has. */
enum RestReason implements ErrorReason {
    /** The body is not what it says it is; the message tells where. */
    MALFORMED_BODY(Status.Code.INVALID_ARGUMENT),
    /** The body is larger than this door takes. */
    BODY_TOO_LARGE(Status.Code.INVALID_ARGUMENT),
    /** An upload must say how long it is. */
    LENGTH_REQUIRED(Status.Code.INVALID_ARGUMENT),
    /** The file has none of the bytes that are asked for. */
    RANGE_NOT_SATISFIABLE(Status.Code.OUT_OF_RANGE),
    /** No resource has this path. */
    PATH_UNKNOWN(Status.Code.NOT_FOUND),
    /** The path is known and takes other methods. */
    METHOD_NOT_ALLOWED(Status.Code.UNIMPLEMENTED),
    /** An output cannot be written as JSON. */
    NOT_JSON(Status.Code.FAILED_PRECONDITION),
    /** The request asks for another form than there is. */
    FORM_REFUSED(Status.Code.INVALID_ARGUMENT);

    private final Status.Code code;

    RestReason(Status.Code code) {
        this.code = code;
    }

    @Override
    public Status.Code code() {
        return code;
    }
}
