/** First parts of models: what was fitted on the training rows, in torch and in ONNX side by side. */
@NullMarked
package io.modelmill.worker.input;

import org.jspecify.annotations.NullMarked;
