package io.modelmill.worker.network;

import io.modelmill.worker.onnx.OnnxGraph;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * One layer of a built network. Its torch part and its ONNX part stand side by side, because they must be the same
 * function: a test exports every entry of the catalogue and compares it with the trainer. What stands in steps that are
 * padding changes no answer, but is the same in both.
 *
 * <p>Tensors that a layer keeps belong to the {@code PointerScope} in which it was created; those that {@link #forward}
 * answers belong to the caller's.
 */
public interface Layer {
    /**
     * Computes the layer.
     *
     * @param input the planned layer's input shape behind the axis of the batch
     * @param pass whether what acts in training only acts, and which steps are real
     * @return the planned layer's output shape behind the axis of the batch
     */
    Tensor forward(Tensor input, Pass pass);

    /** Writes the same function, as it is at inference, into a graph and answers the name of its output. */
    String export(OnnxGraph graph, String input, ExportPass pass);

    /** What it makes of the steps of a sequence. */
    default StepChange steps() {
        return StepChange.KEPT;
    }

    /** What the optimiser moves. */
    default List<Tensor> parameters() {
        return List.of();
    }

    /** What training moves without the optimiser, such as running means: part of the layer's state as the parameters are. */
    default List<Tensor> buffers() {
        return List.of();
    }
}
