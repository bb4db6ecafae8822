/** inference-service beside bare gRPC and bare ONNX Runtime. */
@NullMarked
package io.modelmill.benchmarks.inference;

import org.jspecify.annotations.NullMarked;
