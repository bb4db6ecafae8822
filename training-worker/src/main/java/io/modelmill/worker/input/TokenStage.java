package io.modelmill.worker.input;

import io.modelmill.trainingspec.network.Shape;
import io.modelmill.worker.onnx.OnnxGraph;
import io.modelmill.worker.rows.InputStage;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * Tokens as the version's tokenizer makes them, {@code int64 [batch, steps]}: nothing is left to do.
 *
 * @param steps tokens of each row, or {@link Shape#ANY}
 * @param vocabularySize tokens that there are
 */
public record TokenStage(long steps, long vocabularySize) implements InputStage {
    /** The graph's input. */
    public static final String INPUT_IDS = "input_ids";

    @Override
    public Shape output() {
        return Shape.tokens(steps);
    }

    @Override
    public Tensor forward(List<Tensor> inputs) {
        return inputs.getFirst();
    }

    @Override
    public String export(OnnxGraph graph) {
        return graph.input(INPUT_IDS, output());
    }
}
