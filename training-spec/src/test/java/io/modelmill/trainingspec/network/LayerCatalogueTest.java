package io.modelmill.trainingspec.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelmill.trainingspec.fault.Faults;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LayerCatalogueTest {
    private final LayerCatalogue catalogue = LayerCatalogue.standard();
    private final Faults faults = Faults.ofSpec();

    @Test
    void plansAConvolutionalNetwork() {
        List<PlannedLayer> planned = planned(
                Shape.numbers(784),
                layer("reshape", Map.of("shape", List.of(1L, 28L, 28L))),
                layer("conv2d", Map.of("filters", 32L, "kernel_size", List.of(3L), "activation", "relu")),
                layer("batch_norm", Map.of()),
                layer("max_pool", Map.of()),
                layer("conv2d", Map.of("filters", 64L, "kernel_size", List.of(3L, 3L), "padding", "same")),
                layer("global_average_pool", Map.of()),
                layer("dense", Map.of("units", 10L)));

        assertThat(planned)
                .extracting(layer -> layer.output().toString())
                .containsExactly(
                        "[1, 28, 28]", "[32, 26, 26]", "[32, 26, 26]", "[32, 13, 13]", "[64, 13, 13]", "[64]", "[10]");
        assertThat(planned)
                .extracting(PlannedLayer::parameters)
                .containsExactly(0L, 32L * 9 + 32, 64L, 0L, 64L * (32 * 9 + 1), 0L, 650L);
    }

    @Test
    void plansSequencesOfAnyLength() {
        List<PlannedLayer> planned = planned(
                Shape.tokens(Shape.ANY),
                layer("embedding", Map.of("units", 16L, "vocabulary_size", 100L)),
                layer("positional_encoding", Map.of("max_length", 64L, "encoding", "learned")),
                layer("transformer_encoder", Map.of("heads", 4L, "units", 32L)),
                new LayerSpec(
                        "residual",
                        Map.of(),
                        List.of(layer("layer_norm", Map.of()), layer("dense", Map.of("units", 16L)))),
                layer("lstm", Map.of("units", 8L, "bidirectional", true, "return_sequences", true)),
                layer("gru", Map.of("units", 8L)),
                layer("dense", Map.of("units", 2L)));

        assertThat(planned)
                .extracting(layer -> layer.output().toString())
                .containsExactly("[any, 16]", "[any, 16]", "[any, 16]", "[any, 16]", "[any, 16]", "[8]", "[2]");
        assertThat(planned.get(2).parameters())
                .as("attention, feed-forward part and two norms")
                .isEqualTo(4 * 16 * 17 + (2 * 16 * 32 + 32 + 16) + 4 * 16);
        assertThat(planned.get(4).parameters()).isEqualTo(2 * 4 * 8 * (16 + 8 + 2));
    }

    @Test
    void tellsEveryFaultWithItsPath() {
        catalogue.check(
                List.of(
                        layer("dens", Map.of()),
                        layer("dense", Map.of("units", 0L, "heads", 2L)),
                        layer("dense", Map.of()),
                        layer("dropout", Map.of("rate", 1.0)),
                        new LayerSpec("residual", Map.of(), List.of(layer("conv2d", Map.of("filters", 1L)))),
                        new LayerSpec("flatten", Map.of(), List.of(layer("flatten", Map.of())))),
                faults);

        assertThat(faults.found())
                .extracting(Object::toString)
                .containsExactly(
                        "layers[0].type: \"dens\" (expected: one of " + String.join(", ", names()) + ")",
                        "layers[1].units: 0 (expected: 1 to 65536)",
                        "layers[1].heads: 2 (expected: not set: a layer dense has none)",
                        "layers[2].units: \"not set\" (expected: 1 to 65536)",
                        "layers[3].rate: 1.0 (expected: from 0 and below 1)",
                        "layers[4].layers[0].kernel_size: \"not set\" (expected: 1 to 3 numbers from 1 to 1024)",
                        "layers[5].layers: \"1 layers\" (expected: none: a layer flatten has none inside)");
    }

    private List<String> names() {
        return catalogue.types().stream().map(LayerType::name).toList();
    }

    @Test
    void refusesLayersThatDoNotFitTogether() {
        refuses(
                Shape.numbers(4),
                "layers[0].type: \"an input of [4]\" (expected: an image [channels, height, width])",
                layer("conv2d", Map.of("filters", 1L, "kernel_size", List.of(3L))));
        refuses(
                Shape.numbers(1, 2, 2),
                "layers[0].kernel_size: 3 (expected: at most 2, the input's)",
                layer("conv2d", Map.of("filters", 1L, "kernel_size", List.of(3L))));
        refuses(
                Shape.numbers(5, 6),
                "layers[0].heads: 4 (expected: a divisor of 6, the input's features)",
                layer("self_attention", Map.of("heads", 4L)));
        refuses(
                Shape.tokens(5),
                "layers[0].type: \"an input of tokens [5]\" (expected: numbers: an embedding must come before)",
                layer("dense", Map.of("units", 1L)));
        refuses(
                Shape.numbers(Shape.ANY, 3),
                "layers[0].type: \"an input of [any, 3]\" (expected: rows of one size)",
                layer("flatten", Map.of()));
        refuses(
                Shape.numbers(4),
                "layers[0].layers: \"an output of [3]\" (expected: [4], as the input)",
                new LayerSpec("residual", Map.of(), List.of(layer("dense", Map.of("units", 3L)))));
        refuses(
                Shape.numbers(1, 8, 8),
                "layers[0].stride: 2 (expected: 1, where padding is same)",
                layer(
                        "conv2d",
                        Map.of("filters", 1L, "kernel_size", List.of(3L), "padding", "same", "stride", List.of(2L))));
        refuses(
                Shape.numbers(6),
                "layers[0].shape: \"[4, 2] of 8 values\" (expected: axes of 6 values, as the input [6] has)",
                layer("reshape", Map.of("shape", List.of(4L, 2L))));
    }

    private void refuses(Shape input, String fault, LayerSpec... layers) {
        Faults found = Faults.ofSpec();
        assertThat(catalogue.plan(List.of(layers), input, found)).isEmpty();
        assertThat(found.found()).extracting(Object::toString).containsExactly(fault);
    }

    private List<PlannedLayer> planned(Shape input, LayerSpec... layers) {
        Optional<List<PlannedLayer>> planned = catalogue.plan(List.of(layers), input, faults);
        assertThat(faults.found()).isEmpty();
        return planned.orElseThrow();
    }

    private static LayerSpec layer(String type, Map<String, Object> settings) {
        return LayerSpec.of(type, settings);
    }
}
