package io.modelmill.inference.model;

import io.grpc.Status;
import io.modelmill.servicekit.error.ErrorReason;

/** Why a prediction failed, besides the reasons that every service has. */
public enum InferenceReason implements ErrorReason {
    /** This replica does not know the models yet, or is going away. */
    REPLICA_NOT_READY(Status.Code.UNAVAILABLE),
    /** The version could not be loaded; it is tried again. */
    VERSION_NOT_LOADED(Status.Code.UNAVAILABLE),
    /** The version was unloaded, and stays so until somebody loads it. */
    VERSION_WITHDRAWN(Status.Code.FAILED_PRECONDITION),
    /** The version has ended a replica's process again and again, and is not loaded any more. */
    VERSION_QUARANTINED(Status.Code.FAILED_PRECONDITION),
    /** The version was withdrawn for good by its publisher or an administrator. */
    VERSION_REVOKED(Status.Code.FAILED_PRECONDITION),
    /** More calls wait than the queue holds. */
    QUEUE_FULL(Status.Code.RESOURCE_EXHAUSTED),
    /** More predictions are in flight than this replica takes. */
    TOO_MANY_REQUESTS(Status.Code.RESOURCE_EXHAUSTED),
    /** The predictions in flight leave no room for the bytes of another. */
    TOO_MANY_BYTES(Status.Code.RESOURCE_EXHAUSTED),
    /** A request larger than this replica takes in any case. */
    REQUEST_TOO_LARGE(Status.Code.RESOURCE_EXHAUSTED),
    /** What came is no request of the protocol. */
    REQUEST_MALFORMED(Status.Code.INVALID_ARGUMENT),
    /** The answer is not expected before the caller's deadline. */
    DEADLINE_UNREACHABLE(Status.Code.RESOURCE_EXHAUSTED),
    /** The caller's deadline passed before the answer. */
    DEADLINE_PASSED(Status.Code.DEADLINE_EXCEEDED),
    /** The caller has gone before the answer. */
    CALLER_GONE(Status.Code.CANCELLED),
    /** The versions in use leave no memory to load another one. */
    NO_ROOM(Status.Code.RESOURCE_EXHAUSTED),
    /** The run needed more memory than there is. */
    MEMORY_EXHAUSTED(Status.Code.RESOURCE_EXHAUSTED),
    /** The run was ended early, for nobody waited for it any more. */
    RUN_TERMINATED(Status.Code.CANCELLED),
    /** ONNX Runtime's Java API cannot carry a tensor of this type. */
    DATATYPE_NOT_CARRIED(Status.Code.UNIMPLEMENTED),
    /** It is for the model's publisher to see, and the model is only shared with the caller. */
    PUBLISHER_ONLY(Status.Code.PERMISSION_DENIED),
    /** The registry says which versions are loaded, and no caller does. */
    REGISTRY_DECIDES(Status.Code.FAILED_PRECONDITION),
    /** The graph cannot work on these inputs. */
    RUN_REFUSED(Status.Code.INVALID_ARGUMENT);

    private final Status.Code code;

    InferenceReason(Status.Code code) {
        this.code = code;
    }

    @Override
    public Status.Code code() {
        return code;
    }
}
