/** The layers of the catalogue, each with its torch part and its ONNX part side by side, and the network made of them. */
@NullMarked
package io.modelmill.worker.network;

import org.jspecify.annotations.NullMarked;
