package io.modelmill.worker.network;

import io.modelmill.trainingspec.network.Shape;
import io.modelmill.worker.onnx.OnnxGraph;
import java.util.Arrays;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** The activations of the catalogue: functions of each value, or of all features of a place, that learn nothing. */
@SuppressWarnings("ImmutableEnumChecker") // The functions are stateless; their interfaces carry no such annotation.
public enum Activation {
    NONE(UnaryOperator.identity(), (graph, input) -> input),
    RELU(torch::relu, node("Relu")),
    // ONNX's defaults are torch's: a slope of 0.01, an alpha of 1, the two constants of selu.
    LEAKY_RELU(torch::leaky_relu, node("LeakyRelu")),
    ELU(torch::elu, node("Elu")),
    SELU(torch::selu, node("Selu")),
    GELU(torch::gelu, Activation::exportGelu),
    SILU(torch::silu, (graph, input) -> graph.node("Mul", input, graph.node("Sigmoid", input))),
    SIGMOID(torch::sigmoid, node("Sigmoid")),
    TANH(torch::tanh, node("Tanh")),
    SOFTPLUS(torch::softplus, node("Softplus")),
    SOFTMAX(input -> torch.softmax(input, featureAxis(input)), node("Softmax")) {
        @Override
        String export(OnnxGraph graph, String input, Shape shape) {
            return graph.node("Softmax", Map.of("axis", shape.isImage() ? 1L : -1L), input);
        }
    };

    private static final int IMAGE_RANK = 4;

    private final UnaryOperator<Tensor> function;
    private final Export export;

    Activation(UnaryOperator<Tensor> function, Export export) {
        this.function = function;
        this.export = export;
    }

    /** What a job calls it. */
    public String planName() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }

    Tensor apply(Tensor input) {
        return function.apply(input);
    }

    /** Writes it for an input of a shape, the batch's axis before it. */
    String export(OnnxGraph graph, String input, Shape shape) {
        return export.write(graph, input);
    }

    /** Finds an entry by what a job calls it. */
    static Activation require(String name) {
        return Arrays.stream(values())
                .filter(activation -> activation.planName().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no activation " + name));
    }

    /** The channels of an image, the last axis of all else. */
    private static long featureAxis(Tensor input) {
        return input.dim() == IMAGE_RANK ? 1 : -1;
    }

    /** {@code x / 2 * (1 + erf(x / sqrt 2))}, as torch computes it without approximation. */
    private static String exportGelu(OnnxGraph graph, String input) {
        String root = graph.constant("sqrt_two", new float[] {(float) Math.sqrt(2)});
        String one = graph.constant("one", new float[] {1});
        String half = graph.constant("half", new float[] {0.5f});
        String error = graph.node("Erf", graph.node("Div", input, root));
        return graph.node("Mul", graph.node("Mul", input, half), graph.node("Add", error, one));
    }

    private static Export node(String operator) {
        return (graph, input) -> graph.node(operator, input);
    }

    private interface Export {
        String write(OnnxGraph graph, String input);
    }
}
