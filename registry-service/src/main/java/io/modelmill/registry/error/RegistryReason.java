package io.modelmill.registry.error;

import io.grpc.Status;
import io.modelmill.servicekit.error.ErrorReason;

/** Reasons of the registry. */
public enum RegistryReason implements ErrorReason {
    /** Only a READY version can be served, and so be the target of an alias. */
    VERSION_NOT_READY(Status.Code.FAILED_PRECONDITION),
    /** The version is in a state that does not allow the change. */
    VERSION_STATE_MISMATCH(Status.Code.FAILED_PRECONDITION),
    /** The version was deleted so long ago that its files are gone. */
    VERSION_PURGED(Status.Code.FAILED_PRECONDITION),
    /** Aliases point at the version, which must not go before they do. */
    VERSION_HAS_ALIASES(Status.Code.FAILED_PRECONDITION),
    /** The file must be uploaded first. */
    ARTIFACT_MISSING(Status.Code.FAILED_PRECONDITION),
    /** The file does not have the bytes that are asked for. */
    RANGE_OUTSIDE_FILE(Status.Code.OUT_OF_RANGE),
    /** The chunk does not follow on what is on disk of the upload; the upload tells where to go on. */
    UPLOAD_OFFSET(Status.Code.OUT_OF_RANGE),
    /** Bytes of the upload are missing. */
    UPLOAD_INCOMPLETE(Status.Code.FAILED_PRECONDITION),
    /** Another call is changing the upload at this moment. */
    UPLOAD_BUSY(Status.Code.ABORTED),
    /** More chunks are being written than this replica has memory for. */
    TOO_MANY_CHUNKS(Status.Code.RESOURCE_EXHAUSTED),
    /** The model has no such revision yet. */
    REVISION_UNKNOWN(Status.Code.OUT_OF_RANGE),
    /** More calls wait for rollouts than this replica takes. */
    TOO_MANY_WAITS(Status.Code.RESOURCE_EXHAUSTED),
    /** The replica has another session by now, or was forgotten; it begins again. */
    REPLICA_SESSION_UNKNOWN(Status.Code.NOT_FOUND),
    /** Another collection or a backup has the store at this moment. */
    STORE_BUSY(Status.Code.ABORTED),
    /** The tenant keeps as much as it may; trying again helps once something has gone. */
    STORAGE_QUOTA_EXCEEDED(Status.Code.RESOURCE_EXHAUSTED),
    /** All versions of the model together no longer fit one event. */
    SERVING_STATE_TOO_LARGE(Status.Code.FAILED_PRECONDITION);

    private final Status.Code code;

    RegistryReason(Status.Code code) {
        this.code = code;
    }

    @Override
    public Status.Code code() {
        return code;
    }
}
