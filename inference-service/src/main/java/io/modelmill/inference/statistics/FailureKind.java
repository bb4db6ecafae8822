package io.modelmill.inference.statistics;

import io.grpc.Status;
import java.util.Locale;

/** Why a request of a loaded version ended without an answer. */
public enum FailureKind {
    /** The request does not fit the version. */
    INVALID,
    /** There was no room or no time left for it. */
    REFUSED,
    /** Its caller had gone. */
    CANCELLED,
    /** Its time had passed. */
    EXPIRED,
    /** A fault of ours. */
    FAULT;

    /** The kind that the status tells the caller of. */
    public static FailureKind of(Status.Code code) {
        return switch (code) {
            case INVALID_ARGUMENT, OUT_OF_RANGE, FAILED_PRECONDITION, UNIMPLEMENTED, NOT_FOUND -> INVALID;
            case RESOURCE_EXHAUSTED, UNAVAILABLE -> REFUSED;
            case CANCELLED -> CANCELLED;
            case DEADLINE_EXCEEDED -> EXPIRED;
            case OK, UNKNOWN, ALREADY_EXISTS, PERMISSION_DENIED, UNAUTHENTICATED, ABORTED, INTERNAL, DATA_LOSS -> FAULT;
        };
    }

    /** As the metrics name it. */
    String tag() {
        return name().toLowerCase(Locale.ROOT);
    }
}
