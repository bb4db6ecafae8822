package io.modelmill.worker.network;

import io.modelmill.trainingspec.network.Shape;
import io.modelmill.worker.onnx.OnnxGraph;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Makes a sequence ready for windows that slide over its steps: zeros stand in all that is padding, and behind a batch that is
 * shorter than one window.
 *
 * @param ofAnyLength whether rows may be shorter than a window
 * @param length of a window that must lie within the row
 */
record WindowInput(boolean ofAnyLength, long length) {
    static WindowInput over(Shape input, long length) {
        return new WindowInput(input.axis(0) == Shape.ANY, length);
    }

    /** @param input {@code [batch, steps, features]} */
    Tensor prepare(Tensor input, Pass pass) {
        Tensor filled = pass.lengths().map(lengths -> lengths.filled(input, 0)).orElse(input);
        long missing = length - input.size(1);
        return missing > 0 && ofAnyLength ? torch.constant_pad_nd(filled, 0, 0, 0, missing) : filled;
    }

    /** @param input {@code [batch, steps, features]} */
    String prepare(OnnxGraph graph, String input, ExportPass pass) {
        String filled = pass.lengths().isPresent() ? pass.lengths().get().filled(input, 0) : input;
        if (!ofAnyLength || length == 1) {
            return filled;
        }
        String none = graph.constant("none", new long[] {0}, 1);
        String window = graph.constant("window", new long[] {length}, 1);
        String missing = graph.node("Max", graph.node("Sub", window, graph.length(input, 1)), none);
        String pads = graph.node("Concat", Map.of("axis", 0L), none, none, none, none, missing, none);
        return graph.node("Pad", filled, pads);
    }
}
