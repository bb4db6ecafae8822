package io.modelmill.worker.network;

import static io.modelmill.worker.fixture.Layers.dense;
import static io.modelmill.worker.fixture.Layers.dropout;
import static io.modelmill.worker.fixture.Layers.layer;
import static io.modelmill.worker.fixture.Layers.residual;

import io.modelmill.trainingspec.fault.Faults;
import io.modelmill.trainingspec.network.LayerCatalogue;
import io.modelmill.trainingspec.network.LayerSpec;
import io.modelmill.trainingspec.network.PlannedLayer;
import io.modelmill.trainingspec.network.Shape;
import java.util.List;
import java.util.stream.Stream;

/** Settings of each entry of the catalogue, over inputs of each kind that it takes. */
final class LayerCases {
    private static final Shape ROW = Shape.numbers(6);
    private static final Shape STEPS = Shape.numbers(Shape.ANY, 6);
    private static final Shape FIVE_STEPS = Shape.numbers(5, 6);
    private static final Shape IMAGE = Shape.numbers(3, 9, 8);
    private static final List<String> ACTIVATIONS =
            List.of("relu", "leaky_relu", "elu", "selu", "gelu", "silu", "sigmoid", "tanh", "softplus", "softmax");

    private LayerCases() {}

    /** A layer over an input. */
    record Case(LayerSpec layer, Shape input) {
        PlannedLayer plan() {
            Faults faults = Faults.ofSpec();
            return LayerCatalogue.standard()
                    .plan(List.of(layer), input, faults)
                    .orElseThrow(() -> new AssertionError(faults.found()))
                    .getFirst();
        }
    }

    /** Empty for an entry that nobody has thought of. */
    static List<Case> of(String type) {
        return switch (type) {
            case "dense" ->
                Stream.of(
                                Stream.concat(Stream.of("none"), ACTIVATIONS.stream())
                                        .flatMap(name -> over(dense(4, name), ROW, STEPS)),
                                Stream.of(
                                                "kaiming_uniform",
                                                "kaiming_normal",
                                                "xavier_uniform",
                                                "xavier_normal",
                                                "normal",
                                                "zeros")
                                        .flatMap(name ->
                                                over(layer(type, "units", 4L, "initializer", name), FIVE_STEPS)))
                        .flatMap(cases -> cases)
                        .toList();
            case "activation" ->
                ACTIVATIONS.stream()
                        .flatMap(name -> over(layer(type, "activation", name), ROW, STEPS, IMAGE))
                        .toList();
            case "dropout" -> over(dropout(0.4), ROW, STEPS, IMAGE).toList();
            case "flatten" -> over(layer(type), ROW, FIVE_STEPS, IMAGE).toList();
            case "reshape" ->
                Stream.of(
                                over(layer(type, "shape", List.of(1L, 2L, 3L)), ROW),
                                over(layer(type, "shape", List.of(30L)), FIVE_STEPS),
                                over(layer(type, "shape", List.of(24L, 9L)), IMAGE))
                        .flatMap(cases -> cases)
                        .toList();
            case "batch_norm" ->
                Stream.of(layer(type), layer(type, "epsilon", 0.01, "momentum", 0.5))
                        .flatMap(layer -> over(layer, ROW, STEPS, IMAGE))
                        .toList();
            case "layer_norm" ->
                Stream.of(layer(type), layer(type, "epsilon", 0.01))
                        .flatMap(layer -> over(layer, ROW, STEPS, IMAGE))
                        .toList();
            case "conv1d" ->
                Stream.of(
                                layer(type, "filters", 4L, "kernel_size", List.of(3L)),
                                layer(type, "filters", 4L, "kernel_size", List.of(2L), "stride", List.of(2L)),
                                layer(type, "filters", 4L, "kernel_size", List.of(3L), "padding", "same"),
                                layer(type, "filters", 4L, "kernel_size", List.of(4L), "padding", "same"),
                                layer(type, "filters", 4L, "kernel_size", List.of(1L), "activation", "softmax"))
                        .flatMap(layer -> over(layer, STEPS, FIVE_STEPS))
                        .toList();
            case "conv2d" ->
                Stream.of(
                                layer(type, "filters", 4L, "kernel_size", List.of(3L), "activation", "relu"),
                                layer(type, "filters", 4L, "kernel_size", List.of(2L, 3L), "stride", List.of(2L, 1L)),
                                layer(type, "filters", 4L, "kernel_size", List.of(3L, 5L), "padding", "same"),
                                layer(type, "filters", 4L, "kernel_size", List.of(4L, 2L), "padding", "same"),
                                layer(type, "filters", 4L, "kernel_size", List.of(1L), "activation", "softmax"),
                                layer(
                                        type,
                                        "filters",
                                        4L,
                                        "kernel_size",
                                        List.of(3L),
                                        "initializer",
                                        "xavier_normal",
                                        "activation",
                                        "gelu"))
                        .flatMap(layer -> over(layer, IMAGE))
                        .toList();
            case "max_pool", "average_pool" ->
                Stream.concat(
                                Stream.of(layer(type), layer(type, "pool_size", List.of(3L)))
                                        .flatMap(layer -> over(layer, STEPS, FIVE_STEPS, IMAGE)),
                                over(layer(type, "pool_size", List.of(4L, 2L)), IMAGE))
                        .toList();
            case "global_max_pool", "global_average_pool" ->
                over(layer(type), STEPS, FIVE_STEPS, IMAGE).toList();
            case "embedding" ->
                over(layer(type, "units", 4L, "vocabulary_size", 20L), Shape.tokens(Shape.ANY), Shape.tokens(5))
                        .toList();
            case "rnn", "lstm", "gru" ->
                Stream.of(
                                layer(type, "units", 4L),
                                layer(type, "units", 4L, "return_sequences", true),
                                layer(type, "units", 4L, "bidirectional", true),
                                layer(type, "units", 4L, "bidirectional", true, "return_sequences", true))
                        .flatMap(layer -> over(layer, STEPS, FIVE_STEPS))
                        .toList();
            case "self_attention" ->
                Stream.of(
                                layer(type, "heads", 1L),
                                layer(type, "heads", 3L, "causal", true),
                                layer(type, "heads", 6L, "rate", 0.3))
                        .flatMap(layer -> over(layer, STEPS, FIVE_STEPS))
                        .toList();
            case "positional_encoding" ->
                Stream.of(
                                layer(type),
                                layer(type, "encoding", "sinusoidal", "max_length", 9L),
                                layer(type, "encoding", "learned", "max_length", 9L))
                        .flatMap(layer -> over(layer, STEPS, FIVE_STEPS, Shape.numbers(Shape.ANY, 5)))
                        .toList();
            case "transformer_encoder" ->
                Stream.of(
                                layer(type, "heads", 2L, "units", 16L),
                                layer(type, "heads", 3L, "units", 8L, "activation", "gelu", "causal", true),
                                layer(type, "heads", 1L, "units", 8L, "rate", 0.2))
                        .flatMap(layer -> over(layer, STEPS, FIVE_STEPS))
                        .toList();
            case "residual" ->
                Stream.of(
                                over(residual(dense(8, "tanh"), dense(6)), ROW, STEPS),
                                over(residual(layer("layer_norm"), residual(dense(6, "gelu"))), STEPS),
                                over(
                                        residual(
                                                layer(
                                                        "conv2d",
                                                        "filters",
                                                        3L,
                                                        "kernel_size",
                                                        List.of(3L),
                                                        "padding",
                                                        "same"),
                                                layer("batch_norm")),
                                        IMAGE))
                        .flatMap(cases -> cases)
                        .toList();
            default -> List.of();
        };
    }

    private static Stream<Case> over(LayerSpec layer, Shape... inputs) {
        return Stream.of(inputs).map(input -> new Case(layer, input));
    }
}
