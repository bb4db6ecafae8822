package io.modelmill.worker.network;

import io.modelmill.worker.onnx.OnnxGraph;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/** Weighted sums of the last axis and a bias: the part that several layers are made of. */
final class Linear implements Layer {
    private final boolean ofRows;
    private final Tensor weight;
    private final Tensor bias;

    /** @param ofRows whether the input is {@code [batch, inputs]}; else it may have any axes before the last */
    Linear(String initializer, long inputs, long outputs, boolean ofRows) {
        this(Weights.drawn(initializer, inputs, outputs, outputs, inputs), ofRows);
    }

    /** @param weight {@code [outputs, inputs]} */
    Linear(Tensor weight, boolean ofRows) {
        this.ofRows = ofRows;
        this.weight = weight;
        this.bias = Weights.zeros(weight.size(0));
    }

    @Override
    public Tensor forward(Tensor input, Pass pass) {
        return torch.linear(input, weight, new TensorOptional(bias));
    }

    @Override
    public String export(OnnxGraph graph, String input, ExportPass pass) {
        long outputs = weight.size(0);
        long inputs = weight.size(1);
        if (ofRows) {
            String weights = graph.constant("weight", TensorValues.floats(weight), outputs, inputs);
            String biases = graph.constant("bias", TensorValues.floats(bias), outputs);
            return graph.node("Gemm", Map.of("transB", 1L), input, weights, biases);
        }
        String weights = graph.constant("weight", TensorValues.floats(weight.t()), inputs, outputs);
        String biases = graph.constant("bias", TensorValues.floats(bias), outputs);
        return graph.node("Add", graph.node("MatMul", input, weights), biases);
    }

    @Override
    public List<Tensor> parameters() {
        return List.of(weight, bias);
    }
}
