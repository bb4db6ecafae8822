package io.modelmill.worker.network;

import io.modelmill.worker.failure.JobFailedException;
import io.modelmill.worker.onnx.OnnxGraph;
import io.modelmill.worker.plan.LayerPlan;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Sets a random fraction of the values to zero while training, and scales up the others; nothing at inference. */
record DropoutLayer(double rate, long outputWidth) implements Layer {
    static final LayerType TYPE = new LayerType() {
        @Override
        public String name() {
            return "dropout";
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
            if (!(plan.rate() >= 0 && plan.rate() < 1)) {
                throw new JobFailedException(
                        "network.layers.rate: %s (expected: from 0 and below 1)".formatted(plan.rate()));
            }
            return new DropoutLayer(plan.rate(), inputWidth);
        }
    };

    @Override
    public Tensor forward(Tensor input, boolean training) {
        return training ? torch.dropout(input, rate, true) : input;
    }

    @Override
    public String export(OnnxGraph graph, String input) {
        return input;
    }

    @Override
    public List<Tensor> parameters() {
        return List.of();
    }
}
