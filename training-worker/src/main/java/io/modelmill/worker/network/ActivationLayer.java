package io.modelmill.worker.network;

import io.modelmill.worker.failure.JobFailedException;
import io.modelmill.worker.onnx.OnnxGraph;
import io.modelmill.worker.plan.LayerPlan;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/** An activation as a layer of its own. */
record ActivationLayer(Activation activation, long outputWidth) implements Layer {
    static final LayerType TYPE = new LayerType() {
        @Override
        public String name() {
            return "activation";
        }

        @Override
        public long parameterCount(LayerPlan plan, long inputWidth) {
            return 0;
        }

        @Override
        public long outputWidth(LayerPlan plan, long inputWidth) {
            return inputWidth;
        }

        @Override
        public Layer create(LayerPlan plan, long inputWidth) {
            if (plan.activation().isEmpty()) {
                throw new JobFailedException("network.layers.activation: empty (expected: an activation's name)");
            }
            return new ActivationLayer(Activation.require(plan.activation()), inputWidth);
        }
    };

    @Override
    public Tensor forward(Tensor input, boolean training) {
        return activation.apply(input);
    }

    @Override
    public String export(OnnxGraph graph, String input) {
        return activation.export(graph, input);
    }

    @Override
    public List<Tensor> parameters() {
        return List.of();
    }
}
