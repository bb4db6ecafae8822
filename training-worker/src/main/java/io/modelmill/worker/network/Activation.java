package io.modelmill.worker.network;

import io.modelmill.worker.failure.JobFailedException;
import io.modelmill.worker.onnx.OnnxGraph;
import java.util.Arrays;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** The catalogue of activations: functions of each value, or of each row, that learn nothing. */
@SuppressWarnings("ImmutableEnumChecker") // The functions are stateless; their interfaces carry no such annotation.
public enum Activation {
    NONE("", UnaryOperator.identity(), (graph, input) -> input),
    RELU("relu", torch::relu, (graph, input) -> graph.node("Relu", input)),
    TANH("tanh", torch::tanh, (graph, input) -> graph.node("Tanh", input)),
    SIGMOID("sigmoid", torch::sigmoid, (graph, input) -> graph.node("Sigmoid", input)),
    GELU("gelu", torch::gelu, Activation::exportGelu),
    SOFTMAX("softmax", input -> torch.softmax(input, 1), Activation::exportSoftmax);

    private final String planName;
    private final UnaryOperator<Tensor> function;
    private final Export export;

    Activation(String planName, UnaryOperator<Tensor> function, Export export) {
        this.planName = planName;
        this.function = function;
        this.export = export;
    }

    /** What a job calls it; empty for {@link #NONE}. */
    public String planName() {
        return planName;
    }

    Tensor apply(Tensor input) {
        return function.apply(input);
    }

    String export(OnnxGraph graph, String input) {
        return export.write(graph, input);
    }

    /** Finds an entry; the empty name is {@link #NONE}. */
    static Activation require(String name) {
        return Arrays.stream(values())
                .filter(activation -> activation.planName.equals(name))
                .findFirst()
                .orElseThrow(() -> new JobFailedException("network.layers.activation: `%s` (expected: %s or empty)"
                        .formatted(
                                name,
                                Arrays.stream(values())
                                        .filter(activation -> activation != NONE)
                                        .map(Activation::planName)
                                        .collect(Collectors.joining(", ")))));
    }

    /** {@code x / 2 * (1 + erf(x / sqrt 2))}, as torch computes it without approximation. */
    private static String exportGelu(OnnxGraph graph, String input) {
        String root = graph.constant("sqrt_two", new float[] {(float) Math.sqrt(2)});
        String one = graph.constant("one", new float[] {1});
        String half = graph.constant("half", new float[] {0.5f});
        String error = graph.node("Erf", graph.node("Div", input, root));
        return graph.node("Mul", graph.node("Mul", input, half), graph.node("Add", error, one));
    }

    private static String exportSoftmax(OnnxGraph graph, String input) {
        return graph.node("Softmax", Map.of("axis", 1L), input);
    }

    private interface Export {
        String write(OnnxGraph graph, String input);
    }
}
