/** Answering gRPC calls with blocking code on virtual threads. */
@NullMarked
package io.modelmill.servicekit.grpc;

import org.jspecify.annotations.NullMarked;
