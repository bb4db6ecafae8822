/** The gRPC server of a replica: its port, what happens to every call before it is answered, and how the replica goes. */
@NullMarked
package io.modelmill.inference.server;

import org.jspecify.annotations.NullMarked;
