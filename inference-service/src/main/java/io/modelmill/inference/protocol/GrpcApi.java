package io.modelmill.inference.protocol;

import io.grpc.ServerServiceDefinition;

/**
 * A gRPC service of the replica. It is not grpc-java's {@code BindableService}, for Quarkus would put those on a server of
 * its own (ADR 12).
 */
@FunctionalInterface
public interface GrpcApi {
    /** Its methods. They run on the event loop and never block. */
    ServerServiceDefinition definition();
}
