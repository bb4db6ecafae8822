package io.modelmill.servicekit.error;

import io.grpc.Status;

/** Reasons that every service has. */
public enum CommonReason implements ErrorReason {
    /** One or more fields of the request are wrong; BadRequest lists them all. */
    INVALID_FIELD(Status.Code.INVALID_ARGUMENT),
    /** The resource does not exist, or the caller may not know that it does. */
    RESOURCE_NOT_FOUND(Status.Code.NOT_FOUND),
    /** The id is taken. */
    RESOURCE_EXISTS(Status.Code.ALREADY_EXISTS),
    /** The resource changed since the caller read it. */
    STALE_ETAG(Status.Code.ABORTED),
    /** The call carries no credential, or one that is wrong or has ended. */
    CREDENTIAL_INVALID(Status.Code.UNAUTHENTICATED),
    /** The caller is known and may not do this. */
    ROLE_MISSING(Status.Code.PERMISSION_DENIED),
    /** Something that the call needs does not answer; trying again may help. */
    DEPENDENCY_UNAVAILABLE(Status.Code.UNAVAILABLE);

    private final Status.Code code;

    CommonReason(Status.Code code) {
        this.code = code;
    }

    @Override
    public Status.Code code() {
        return code;
    }
}
