package io.modelmill.worker.network;

import io.modelmill.worker.onnx.OnnxGraph;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * One layer of a built network. Its torch part and its ONNX part stand side by side, because they must be the same
 * function: the export is checked against the trainer with every entry of the catalogue.
 *
 * <p>Tensors that a layer keeps belong to the {@code PointerScope} in which it was created; those that {@link #forward}
 * answers belong to the caller's.
 */
public interface Layer {
    /**
     * Computes the layer.
     *
     * @param input {@code [batch, inputs]}
     * @param training whether what acts in training only, such as dropout, acts
     * @return {@code [batch, outputWidth()]}
     */
    Tensor forward(Tensor input, boolean training);

    /** Writes the same function, as it is at inference, into a graph and answers the name of its output. */
    String export(OnnxGraph graph, String input);

    /** What the optimiser moves. */
    List<Tensor> parameters();

    /** Values that the layer answers for each row. */
    long outputWidth();
}
