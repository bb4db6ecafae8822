/**
 * Where calls go: the services' own gRPC methods, forwarded byte for byte, with the caller's key replaced by a signed
 * token; predictions to the replica that most likely holds the model.
 */
@NullMarked
package io.modelmill.gateway.routing;

import org.jspecify.annotations.NullMarked;
