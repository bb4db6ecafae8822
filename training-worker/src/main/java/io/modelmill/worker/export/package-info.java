/** Turns a trained network into an ONNX model and proves that both answer the same. */
@NullMarked
package io.modelmill.worker.export;

import org.jspecify.annotations.NullMarked;
