package io.modelmill.servicekit.error;

import io.grpc.Status;

/**
 * Why a call failed, as a machine reads it: the {@code reason} of google.rpc.ErrorInfo. Each service has one enum of
 * these; its constants' names are part of the API.
 */
public interface ErrorReason {
    /** The constant's name, upper snake case. */
    String name();

    /** The status that callers get. */
    Status.Code code();
}
