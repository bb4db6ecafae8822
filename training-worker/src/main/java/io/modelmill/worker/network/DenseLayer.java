package io.modelmill.worker.network;

import io.modelmill.worker.failure.JobFailedException;
import io.modelmill.worker.onnx.OnnxGraph;
import io.modelmill.worker.plan.LayerPlan;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.Tensor;

/** Every output is a weighted sum of all inputs and a bias, then an activation. */
final class DenseLayer implements Layer {
    static final LayerType TYPE = new LayerType() {
        @Override
        public String name() {
            return "dense";
        }

        @Override
        public long parameterCount(LayerPlan plan, long inputWidth) {
            return Math.multiplyExact(inputWidth + 1, (long) plan.units());
        }

        @Override
        public long outputWidth(LayerPlan plan, long inputWidth) {
            if (plan.units() < 1) {
                throw new JobFailedException("network.layers.units: %d (expected: at least 1)".formatted(plan.units()));
            }
            return plan.units();
        }

        @Override
        public Layer create(LayerPlan plan, long inputWidth) {
            return new DenseLayer(inputWidth, plan.units(), Activation.require(plan.activation()));
        }
    };

    private final long inputWidth;
    private final long outputWidth;
    private final Activation activation;
    private final LinearImpl linear;

    private DenseLayer(long inputWidth, long outputWidth, Activation activation) {
        this.inputWidth = inputWidth;
        this.outputWidth = outputWidth;
        this.activation = activation;
        this.linear = new LinearImpl(inputWidth, outputWidth);
    }

    @Override
    public Tensor forward(Tensor input, boolean training) {
        return activation.apply(linear.forward(input));
    }

    @Override
    public String export(OnnxGraph graph, String input) {
        // torch keeps the weights as [outputs, inputs].
        String weight = graph.constant("weight", TensorValues.floats(linear.weight()), outputWidth, inputWidth);
        String bias = graph.constant("bias", TensorValues.floats(linear.bias()), outputWidth);
        return activation.export(graph, graph.node("Gemm", Map.of("transB", 1L), input, weight, bias));
    }

    @Override
    public List<Tensor> parameters() {
        return List.of(linear.weight(), linear.bias());
    }

    @Override
    public long outputWidth() {
        return outputWidth;
    }
}
