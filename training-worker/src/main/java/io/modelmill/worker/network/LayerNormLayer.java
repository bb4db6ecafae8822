package io.modelmill.worker.network;

import io.modelmill.trainingspec.network.DenseTypes;
import io.modelmill.trainingspec.network.PlannedLayer;
import io.modelmill.worker.onnx.OnnxGraph;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/** Each value of the last axis less their mean, by their deviation, then scaled and shifted. */
final class LayerNormLayer implements Layer {
    private final long width;
    private final double epsilon;
    private final Tensor scale;
    private final Tensor shift;

    LayerNormLayer(PlannedLayer planned) {
        this(planned.input().width(), planned.settings().get(DenseTypes.EPSILON));
    }

    LayerNormLayer(long width, double epsilon) {
        this.width = width;
        this.epsilon = epsilon;
        this.scale = Weights.ones(width);
        this.shift = Weights.zeros(width);
    }

    @Override
    public Tensor forward(Tensor input, Pass pass) {
        return torch.layer_norm(
                input, new long[] {width}, new TensorOptional(scale), new TensorOptional(shift), epsilon, false);
    }

    @Override
    public String export(OnnxGraph graph, String input, ExportPass pass) {
        return graph.node(
                "LayerNormalization",
                Map.of("axis", -1L, "epsilon", (float) epsilon),
                input,
                graph.constant("scale", TensorValues.floats(scale), width),
                graph.constant("shift", TensorValues.floats(shift), width));
    }

    @Override
    public List<Tensor> parameters() {
        return List.of(scale, shift);
    }
}
