/** What a network learns: losses, and how its output becomes the model's answer, in torch and in ONNX side by side. */
@NullMarked
package io.modelmill.worker.objective;

import org.jspecify.annotations.NullMarked;
