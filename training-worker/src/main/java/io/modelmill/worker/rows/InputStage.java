package io.modelmill.worker.rows;

import io.modelmill.trainingspec.network.Shape;
import io.modelmill.worker.onnx.OnnxGraph;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * The first part of a model: from rows as they stand in the data to what the network's first layer takes. What it holds was
 * fitted on the training rows. Its torch part and its ONNX part are the same function.
 */
public interface InputStage {
    /** What the network's first layer takes for each row. */
    Shape output();

    /** Tokens that there are, where the output is tokens. */
    long vocabularySize();

    /** Computes it for a {@link Batch}'s inputs, in the caller's scope. */
    Tensor forward(List<Tensor> inputs);

    /** Declares the graph's inputs, writes the stage, and answers the name of its output. */
    String export(OnnxGraph graph);
}
