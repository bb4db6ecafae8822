package io.modelmill.worker.network;

import io.modelmill.trainingspec.network.PlannedLayer;
import io.modelmill.worker.onnx.OnnxGraph;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/** The largest value or the mean of each channel of an image, or of each feature of all steps. */
record GlobalPoolLayer(boolean max, boolean ofImage) implements Layer {
    static GlobalPoolLayer max(PlannedLayer planned) {
        return new GlobalPoolLayer(true, planned.input().isImage());
    }

    static GlobalPoolLayer average(PlannedLayer planned) {
        return new GlobalPoolLayer(false, planned.input().isImage());
    }

    @Override
    public Tensor forward(Tensor input, boolean training) {
        return max ? input.amax(axes(), false) : input.mean(axes());
    }

    @Override
    public String export(OnnxGraph graph, String input) {
        return graph.node(max ? "ReduceMax" : "ReduceMean", Map.of("axes", axes(), "keepdims", 0L), input);
    }

    private long[] axes() {
        return ofImage ? new long[] {2, 3} : new long[] {1};
    }
}
