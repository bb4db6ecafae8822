/** Writes ONNX graphs and runs them with ONNX Runtime. */
@NullMarked
package io.modelmill.worker.onnx;

import org.jspecify.annotations.NullMarked;
