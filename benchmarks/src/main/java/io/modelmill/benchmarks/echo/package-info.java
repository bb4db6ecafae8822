/** A bare gRPC server that answers bytes: what a call costs without any prediction. */
@NullMarked
package io.modelmill.benchmarks.echo;

import org.jspecify.annotations.NullMarked;
