package io.modelmill.worker.network;

import io.modelmill.worker.onnx.OnnxGraph;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/** All values of a row in one axis. */
record FlattenLayer() implements Layer {
    @Override
    public Tensor forward(Tensor input, Pass pass) {
        return input.flatten(1, -1);
    }

    @Override
    public StepChange steps() {
        return StepChange.GONE;
    }

    @Override
    public String export(OnnxGraph graph, String input, ExportPass pass) {
        return graph.node("Flatten", Map.of("axis", 1L), input);
    }
}
