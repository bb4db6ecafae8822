package io.modelmill.trainingspec.job;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class NetworkRulesTest {
    private static final String LANGUAGE = """
            task: "language_modelling" loss { type: "cross_entropy" }
            data { text { column: "line" tokens: "character" } }
            """;

    @Test
    void refusesSettingsOfOtherLayers() {
        assertThat(Specs.faults(Specs.job(
                        Specs.CLASSES,
                        network(
                                "type: \"dropout\" units: 8 rate: 1",
                                "type: \"activation\" rate: 0.5",
                                "type: \"dense\" units: 3"))))
                .containsExactlyInAnyOrder(
                        "network.layers[0].units: 8 (expected: not set: a layer dropout has none)",
                        "network.layers[0].rate: 1.0 (expected: from 0 and below 1)",
                        "network.layers[1].activation: \"not set\" (expected: one of elu, gelu, leaky_relu, relu, selu,"
                                + " sigmoid, silu, softmax, softplus, tanh)",
                        "network.layers[1].rate: 0.5 (expected: not set: a layer activation has none)");
    }

    @Test
    void wantsDenseLayer() {
        assertThat(Specs.faults(Specs.job(Specs.CLASSES)))
                .containsExactly("network.layers: \"no dense layer\" (expected: at least one)");
    }

    @Test
    void onlyTheLastDenseLayerLeavesItsUnitsToTheData() {
        assertThat(Specs.faults(Specs.job(Specs.CLASSES, network("type: \"dense\"", "type: \"dense\""))))
                .containsExactly("network.layers[0].units: \"not set\" (expected: 1 to 65536)");
    }

    @Test
    void wantsLogitsForClasses() {
        assertThat(Specs.faults(Specs.job(Specs.CLASSES, network("type: \"dense\" units: 3 activation: \"softmax\""))))
                .containsExactly(
                        "network.layers[0].activation: \"softmax\" (expected: none: cross_entropy takes logits)");
        assertThat(Specs.faults(Specs.job(
                        Specs.CLASSES,
                        network("type: \"dense\" units: 3", "type: \"activation\" activation: \"relu\""))))
                .containsExactly("network.layers[1].type: \"activation\""
                        + " (expected: dense as the last layer: cross_entropy takes its outputs as logits)");
        assertThat(Specs.faults(Specs.job(
                        "task: \"autoencoding\" loss { type: \"binary_cross_entropy\" }",
                        network("type: \"dense\" activation: \"sigmoid\""))))
                .containsExactly("network.layers[0].activation: \"sigmoid\""
                        + " (expected: none: binary_cross_entropy takes logits)");
    }

    @Test
    void noStepSeesTheTokenThatItPredicts() {
        assertThat(Specs.faults(Specs.job(
                        LANGUAGE,
                        network(
                                "type: \"embedding\" units: 8",
                                "type: \"transformer_encoder\" heads: 2 units: 8",
                                "type: \"residual\" layers { type: \"self_attention\" heads: 2 causal: false }",
                                "type: \"lstm\" units: 8 bidirectional: true return_sequences: true",
                                "type: \"conv1d\" filters: 8 kernel_size: 3 padding: \"same\"",
                                "type: \"dense\""))))
                .containsExactly(
                        "network.layers[1].causal: false"
                                + " (expected: true: a token that is to be predicted must not be seen)",
                        "network.layers[2].layers[0].causal: false"
                                + " (expected: true: a token that is to be predicted must not be seen)",
                        "network.layers[3].bidirectional: true"
                                + " (expected: false: a token that is to be predicted must not be seen)",
                        "network.layers[4].type: \"conv1d\""
                                + " (expected: another: a token that is to be predicted must not be seen)");
        assertThat(Specs.faults(Specs.job(
                        LANGUAGE,
                        network(
                                "type: \"embedding\" units: 8",
                                "type: \"transformer_encoder\" heads: 2 units: 8 causal: true",
                                "type: \"gru\" units: 8 return_sequences: true",
                                "type: \"dense\""))))
                .isEmpty();
    }

    @Test
    void vectorsOfWordsComeFromAnEmbedding() {
        assertThat(Specs.faults(Specs.job(
                        "task: \"word_embedding\" loss { type: \"cross_entropy\" }",
                        "data { text { column: \"line\" tokens: \"word\" } }",
                        network("type: \"dense\""))))
                .containsExactly("network.layers[0].type: \"dense\""
                        + " (expected: embedding: word_embedding answers its vectors)");
    }

    private static String network(String... layers) {
        return "network { layers { " + String.join(" } layers { ", layers) + " } }";
    }
}
