/** ONNX Runtime in a process of its own: what a prediction costs without any call. */
@NullMarked
package io.modelmill.benchmarks.runner;

import org.jspecify.annotations.NullMarked;
