package io.modelmill.training.spec;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelmill.servicekit.error.Violations;
import io.modelmill.training.spec.TrainingSpec.DataSpec;
import io.modelmill.training.spec.TrainingSpec.Optimizer;
import io.modelmill.trainingspec.network.LayerCatalogue;
import io.modelmill.trainingspec.network.LayerSpec;
import io.modelmill.trainingspec.network.LayerType;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SpecRulesTest {
    private static final LayerSpec HIDDEN = LayerSpec.of("dense", Map.of("units", 8L, "activation", "relu"));
    private static final List<String> LAYERS =
            LayerCatalogue.standard().types().stream().map(LayerType::name).toList();
    private static final LayerSpec OUTPUT = LayerSpec.of("dense", Map.of("units", 3L));
    private static final Optimizer ADAM = new Optimizer("adam", 0.01, 0, 0);

    @Test
    void takesSoundSpec() {
        LayerSpec gelu = LayerSpec.of("activation", Map.of("activation", "gelu"));
        LayerSpec dropout = LayerSpec.of("dropout", Map.of("rate", 0.5));
        assertThat(faults(spec(List.of(HIDDEN, gelu, dropout, OUTPUT), ADAM))).isEmpty();
    }

    @Test
    void tellsEveryFaultAtOnce() {
        TrainingSpec spec = new TrainingSpec(
                "models/x",
                "tenants/acme/datasets/flowers/versions/0",
                new DataSpec("", List.of("a", "a"), Double.NaN, "median"),
                List.of(
                        LayerSpec.of("dense", Map.of("units", 0L, "activation", "swish", "rate", 0.1)),
                        LayerSpec.of("dens", Map.of("units", 4L))),
                "hinge",
                new Optimizer("rmsprop", Double.POSITIVE_INFINITY, 1, -1),
                0,
                65_537,
                0,
                Duration.ZERO,
                List.of("Prod", "canary", "canary"));

        assertThat(faults(spec))
                .containsExactly(
                        "training_job.spec.model: \"models/x\" (expected: tenants/{tenant}/models/{model})",
                        "training_job.spec.dataset_version: \"tenants/acme/datasets/flowers/versions/0\""
                                + " (expected: tenants/{tenant}/datasets/{dataset}/versions/{version})",
                        "training_job.spec.data.label_column: \"\" (expected: a column of the data set)",
                        "training_job.spec.data.feature_columns[1]: \"a\" (expected: each column once)",
                        "training_job.spec.data.test_fraction: NaN (expected: above 0 and at most 0.9)",
                        "training_job.spec.data.normalization: \"median\""
                                + " (expected: one of min_max, none, z_score)",
                        "training_job.spec.network.layers[0].units: 0 (expected: 1 to 65536)",
                        "training_job.spec.network.layers[0].activation: \"swish\""
                                + " (expected: one of elu, gelu, leaky_relu, none, relu, selu, sigmoid, silu, softmax, softplus, tanh)",
                        "training_job.spec.network.layers[0].rate: 0.1 (expected: not set: a layer dense has none)",
                        "training_job.spec.network.layers[1].type: \"dens\""
                                + " (expected: one of "
                                + String.join(", ", LAYERS) + ")",
                        "training_job.spec.loss.type: \"hinge\""
                                + " (expected: one of cross_entropy, mean_squared_error)",
                        "training_job.spec.optimizer.type: \"rmsprop\" (expected: one of adam, adamw, sgd)",
                        "training_job.spec.optimizer.learning_rate: Infinity (expected: finite and above 0)",
                        "training_job.spec.optimizer.momentum: 1.0 (expected: from 0 and below 1)",
                        "training_job.spec.optimizer.weight_decay: -1.0 (expected: finite and at least 0)",
                        "training_job.spec.epochs: 0 (expected: 1 to 10000)",
                        "training_job.spec.batch_size: 65537 (expected: 1 to 65536)",
                        "training_job.spec.max_duration: PT0S (expected: above PT0S and at most PT720H)",
                        "training_job.spec.aliases[0]: \"Prod\" (expected: [a-z][a-z0-9-]{0,62})",
                        "training_job.spec.aliases[2]: \"canary\" (expected: each alias once)");
    }

    @Test
    void refusesParametersOfOtherLayerTypes() {
        LayerSpec dropout = LayerSpec.of("dropout", Map.of("units", 8L, "activation", "relu", "rate", 1.0));
        LayerSpec activation = LayerSpec.of("activation", Map.of("units", 8L, "rate", 0.5));
        assertThat(faults(spec(List.of(dropout, activation, OUTPUT), ADAM)))
                .containsExactlyInAnyOrder(
                        "training_job.spec.network.layers[0].units: 8 (expected: not set: a layer dropout has none)",
                        "training_job.spec.network.layers[0].activation: \"relu\""
                                + " (expected: not set: a layer dropout has none)",
                        "training_job.spec.network.layers[0].rate: 1.0 (expected: from 0 and below 1)",
                        "training_job.spec.network.layers[1].units: 8 (expected: not set: a layer activation has none)",
                        "training_job.spec.network.layers[1].activation: \"not set\""
                                + " (expected: one of elu, gelu, leaky_relu, relu, selu, sigmoid, silu, softmax, softplus, tanh)",
                        "training_job.spec.network.layers[1].rate: 0.5"
                                + " (expected: not set: a layer activation has none)");
    }

    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, -0.1})
    void refusesNumbersThatAreNone(double number) {
        LayerSpec dropout = LayerSpec.of("dropout", Map.of("rate", number));
        TrainingSpec spec = spec(List.of(dropout, OUTPUT), new Optimizer("sgd", number, number, number));
        assertThat(faults(spec))
                .extracting(fault -> fault.substring("training_job.spec.".length(), fault.indexOf(": ")))
                .containsExactly(
                        "network.layers[0].rate",
                        "optimizer.learning_rate",
                        "optimizer.momentum",
                        "optimizer.weight_decay");
    }

    @Test
    void refusesMomentumOfAdam() {
        assertThat(faults(spec(List.of(OUTPUT), new Optimizer("adamw", 0.1, 0.9, 0))))
                .containsExactly("training_job.spec.optimizer.momentum: 0.9 (expected: 0: adamw has none)");
    }

    @Test
    void wantsDenseLayer() {
        assertThat(faults(spec(List.of(), ADAM)))
                .containsExactly("training_job.spec.network.layers: \"no dense layer\" (expected: at least one)");
    }

    @Test
    void wantsLogitsForCrossEntropy() {
        assertThat(faults(spec(List.of(LayerSpec.of("dense", Map.of("units", 3L, "activation", "softmax"))), ADAM)))
                .containsExactly("training_job.spec.network.layers[0].activation: \"softmax\""
                        + " (expected: none: cross_entropy takes logits)");
        assertThat(faults(spec(List.of(OUTPUT, LayerSpec.of("activation", Map.of("activation", "relu"))), ADAM)))
                .containsExactly("training_job.spec.network.layers[1].type: \"activation\""
                        + " (expected: dense as the last layer: cross_entropy takes its outputs as logits)");
    }

    @Test
    void refusesLabelAmongFeatures() {
        DataSpec data = new DataSpec("species", List.of("length", "species"), 0.2, "none");
        TrainingSpec sound = spec(List.of(OUTPUT), ADAM);
        assertThat(faults(withData(sound, data)))
                .containsExactly("training_job.spec.data.feature_columns[1]: \"species\""
                        + " (expected: a column that is not the label)");
    }

    @ParameterizedTest
    @CsvSource({"0.9,true", "0.91,false", "-0.2,false", "1e-9,true"})
    void limitsTestFraction(double fraction, boolean sound) {
        DataSpec data = new DataSpec("species", List.of(), fraction, "none");
        assertThat(faults(withData(spec(List.of(OUTPUT), ADAM), data)).isEmpty())
                .isEqualTo(sound);
    }

    private static TrainingSpec spec(List<LayerSpec> layers, Optimizer optimizer) {
        return new TrainingSpec(
                "tenants/acme/models/iris",
                "tenants/acme/datasets/flowers/versions/1",
                new DataSpec("species", List.of(), 0.2, "none"),
                layers,
                "cross_entropy",
                optimizer,
                1,
                1,
                0,
                Duration.ofHours(1),
                List.of());
    }

    private static TrainingSpec withData(TrainingSpec spec, DataSpec data) {
        return new TrainingSpec(
                spec.model(),
                spec.datasetVersion(),
                data,
                spec.layers(),
                spec.loss(),
                spec.optimizer(),
                spec.epochs(),
                spec.batchSize(),
                spec.seed(),
                spec.maxDuration(),
                spec.aliases());
    }

    private static List<String> faults(TrainingSpec spec) {
        Violations violations = new Violations();
        SpecRules.check(spec, violations);
        return violations.found().stream()
                .map(found -> found.field() + ": " + found.description())
                .toList();
    }
}
