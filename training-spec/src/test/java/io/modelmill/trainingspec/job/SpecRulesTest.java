package io.modelmill.trainingspec.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelmill.trainingspec.network.LayerCatalogue;
import io.modelmill.trainingspec.network.LayerType;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SpecRulesTest {
    private static final String LAYER_TYPES =
            LayerCatalogue.standard().types().stream().map(LayerType::name).collect(Collectors.joining(", "));

    @Test
    void takesSoundSpecs() {
        assertThat(Specs.faults(Specs.classifier())).isEmpty();
        assertThat(Specs.faults(Specs.classifier(
                        "loss { class_weighting: \"balanced\" label_smoothing: 0.1 } checkpoint_steps: 10",
                        "data { split { validation_fraction: 0.2 } cleaning { missing: \"median\" outliers: \"clip\" } }",
                        "early_stopping { patience: 3 metric: \"validation_f1_macro\" }",
                        "schedule { type: \"cosine\" warmup_steps: 5 min_learning_rate: 0.001 }",
                        "regularization { l1: 0.1 max_gradient_norm: 1 } adversarial { type: \"pgd\" epsilon: 0.1 }",
                        "distillation { teacher_version: \"tenants/acme/models/big/versions/3\" }",
                        "resume_from: \"tenants/acme/trainingJobs/before\" aliases: \"canary\"")))
                .isEmpty();
    }

    @Test
    void tellsEveryFaultAtOnce() {
        TrainingSpec spec = Specs.parse("""
                model: "models/x"
                dataset_version: "tenants/acme/datasets/flowers/versions/0"
                task: "clustering"
                data {
                  feature_columns: "a" feature_columns: "a" test_fraction: nan normalization: "median"
                  split { type: "odd" } categories: "hash"
                  cleaning { missing: "guess" duplicates: "merge" outliers: "hide" outlier_deviations: -1 }
                }
                network {
                  layers { type: "dense" units: 0 activation: "swish" rate: 0.1 }
                  layers { type: "dens" units: 4 }
                }
                loss { type: "hinge" }
                optimizer { type: "sgdm" }
                schedule { type: "exponential" }
                regularization { l1: -1 l2: inf max_gradient_norm: nan max_gradient_value: -0.5 }
                epochs: 0
                batch_size: 65537
                checkpoint_steps: -1
                max_duration { }
                aliases: "Prod" aliases: "canary" aliases: "canary"
                resume_from: "before"
                """);

        assertThat(Specs.faults(spec))
                .containsExactly(
                        "model: \"models/x\" (expected: tenants/{tenant}/models/{model})",
                        "dataset_version: \"tenants/acme/datasets/flowers/versions/0\""
                                + " (expected: tenants/{tenant}/datasets/{dataset}/versions/{version})",
                        "task: \"clustering\" (expected: one of classification, regression, autoencoding,"
                                + " language_modelling, word_embedding, quantization)",
                        "data.label_column: \"\" (expected: a column of the data set)",
                        "data.feature_columns[1]: \"a\" (expected: each column once)",
                        "data.split.type: \"odd\" (expected: one of given, none, random, stratified, time)",
                        "data.test_fraction: NaN (expected: above 0 and at most 0.9)",
                        "data.normalization: \"median\" (expected: one of min_max, none, scale_255, z_score)",
                        "data.categories: \"hash\" (expected: one of one_hot, ordinal)",
                        "data.cleaning.missing: \"guess\" (expected: one of constant, drop, mean, median, refuse)",
                        "data.cleaning.duplicates: \"merge\" (expected: one of drop, keep)",
                        "data.cleaning.outliers: \"hide\" (expected: one of clip, drop, keep)",
                        "data.cleaning.outlier_deviations: -1.0 (expected: finite and above 0)",
                        "network.layers[0].units: 0 (expected: 1 to 65536)",
                        "network.layers[0].activation: \"swish\" (expected: one of elu, gelu, leaky_relu, none, relu,"
                                + " selu, sigmoid, silu, softmax, softplus, tanh)",
                        "network.layers[0].rate: 0.1 (expected: not set: a layer dense has none)",
                        "network.layers[1].type: \"dens\" (expected: one of " + LAYER_TYPES + ")",
                        "loss.type: \"hinge\" (expected: one of cross_entropy, binary_cross_entropy,"
                                + " mean_squared_error, mean_absolute_error, huber)",
                        "optimizer.type: \"sgdm\" (expected: one of sgd, adagrad, rmsprop, adam, adamw)",
                        "schedule.type: \"exponential\" (expected: one of constant, step, cosine, on_plateau)",
                        "regularization.l1: -1.0 (expected: finite and at least 0)",
                        "regularization.l2: Infinity (expected: finite and at least 0)",
                        "regularization.max_gradient_norm: NaN (expected: finite and at least 0)",
                        "regularization.max_gradient_value: -0.5 (expected: finite and at least 0)",
                        "epochs: 0 (expected: 1 to 10000)",
                        "batch_size: 65537 (expected: 1 to 65536)",
                        "checkpoint_steps: -1 (expected: 0 to 1000000)",
                        "resume_from: \"before\" (expected: tenants/{tenant}/trainingJobs/{job})",
                        "max_duration: PT0S (expected: above PT0S and at most PT720H)",
                        "aliases[0]: \"Prod\" (expected: [a-z][a-z0-9-]{0,62})",
                        "aliases[2]: \"canary\" (expected: each alias once)");
    }

    @Test
    void tellsOfAnUnknownLossOnce() {
        assertThat(Specs.faults(Specs.classifier("loss { type: \"\" }")))
                .containsExactly("loss.type: \"\" (expected: one of cross_entropy, binary_cross_entropy,"
                        + " mean_squared_error, mean_absolute_error, huber)");
    }

    @Test
    void limitsAliases() {
        String many = "aliases: \"a\" ".repeat(17);
        assertThat(Specs.faults(Specs.classifier(many))).contains("aliases: 17 (expected: at most 16)");
    }

    @Test
    void limitsDurations() {
        assertThat(Specs.faults(Specs.classifier("max_duration { seconds: 2592001 }")))
                .containsExactly("max_duration: PT720H1S (expected: above PT0S and at most PT720H)");
        assertThat(Specs.faults(Specs.classifier("max_duration { seconds: 2592000 }")))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"nan", "inf", "-inf", "-0.1"})
    void refusesNumbersThatAreNone(String number) {
        String optimizer = "optimizer { type: \"sgd\" learning_rate: N momentum: N weight_decay: N }";
        assertThat(Specs.faults(Specs.classifier(optimizer.replace("N", number))))
                .extracting(fault -> fault.substring(0, fault.indexOf(": ")))
                .containsExactly("optimizer.learning_rate", "optimizer.momentum", "optimizer.weight_decay");
    }

    @Test
    void refusesSettingsOfOtherOptimizers() {
        assertThat(Specs.faults(Specs.classifier("optimizer { type: \"adamw\" momentum: 0.9 }")))
                .containsExactly("optimizer.momentum: 0.9 (expected: not set: an optimizer adamw has none)");
        assertThat(Specs.faults(Specs.classifier("optimizer { type: \"sgd\" nesterov: true }")))
                .containsExactly("optimizer.nesterov: true (expected: false: without a momentum no step looks ahead)");
    }

    @Test
    void refusesALeastRateAboveTheRate() {
        assertThat(Specs.faults(Specs.classifier("schedule { type: \"cosine\" min_learning_rate: 0.01 }")))
                .containsExactly(
                        "schedule.min_learning_rate: 0.01 (expected: below 0.01, the optimizer's learning_rate)");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "classification | huber | cross_entropy, binary_cross_entropy",
                "regression | cross_entropy | mean_squared_error, mean_absolute_error, huber",
                "autoencoding | cross_entropy | mean_squared_error, mean_absolute_error, huber, binary_cross_entropy",
                "language_modelling | mean_squared_error | cross_entropy",
                "word_embedding | binary_cross_entropy | cross_entropy"
            })
    void refusesLossesOfOtherTasks(String task, String loss, String fitting) {
        assertThat(Specs.faults(Specs.classifier(
                        "task: \"" + task + "\" loss { type: \"" + loss + "\" }", "data { split { } }")))
                .contains("loss.type: \"" + loss + "\" (expected: for " + task + " one of " + fitting + ")");
    }

    @Test
    void refusesWeightsOfClassesThatAreNone() {
        assertThat(Specs.faults(Specs.classifier("loss { class_weights: 1 class_weights: 0 }")))
                .containsExactly("loss.class_weights: [1.0, 0.0] (expected: finite numbers above 0)");
        assertThat(Specs.faults(
                        Specs.classifier("loss { class_weights: 1 class_weights: 2 class_weighting: \"balanced\" }")))
                .containsExactly("loss.class_weights: [1.0, 2.0] (expected: not set: class_weighting says balanced)");
        assertThat(Specs.faults(Specs.job(
                        Specs.LAYERS,
                        "task: \"autoencoding\" loss { type: \"binary_cross_entropy\" label_smoothing: 0.1",
                        "class_weighting: \"none\" class_weights: 1 }")))
                .containsExactly(
                        "loss.class_weighting: \"none\" (expected: not set: autoencoding has no labels of classes)",
                        "loss.class_weights: [1.0] (expected: not set: autoencoding has no labels of classes)",
                        "loss.label_smoothing: 0.1 (expected: not set: autoencoding has no labels of classes)");
    }

    @Test
    void refusesTargetsOfBinaryCrossEntropyThatLieAroundZero() {
        String autoencoder = "task: \"autoencoding\" loss { type: \"%s\" } data { normalization: \"%s\" }";
        assertThat(Specs.faults(Specs.job(Specs.LAYERS, autoencoder.formatted("binary_cross_entropy", "z_score"))))
                .containsExactly("data.normalization: \"z_score\" (expected: min_max, scale_255 or none:"
                        + " binary_cross_entropy compares values from 0 to 1)");
        assertThat(Specs.faults(Specs.job(Specs.LAYERS, autoencoder.formatted("binary_cross_entropy", "min_max"))))
                .isEmpty();
        assertThat(Specs.faults(Specs.job(Specs.LAYERS, autoencoder.formatted("mean_squared_error", "z_score"))))
                .isEmpty();
        assertThat(Specs.faults(Specs.classifier(
                        "loss { type: \"binary_cross_entropy\" } data { normalization: \"z_score\" }")))
                .isEmpty();
    }

    @Test
    void earlyStoppingNeedsValidationRowsAndAMetricOfTheTask() {
        assertThat(Specs.faults(Specs.classifier("early_stopping { min_delta: -1 metric: \"validation_r2\" }")))
                .containsExactly(
                        "early_stopping.patience: 0 (expected: 1 to 10000)",
                        "early_stopping.min_delta: -1.0 (expected: finite and at least 0)",
                        "early_stopping.metric: \"validation_r2\" (expected: for classification one of validation_loss,"
                                + " validation_accuracy, validation_f1_macro)",
                        "data.split.validation_fraction: 0.0 (expected: above 0: early stopping needs validation rows)");
        assertThat(Specs.faults(Specs.classifier("early_stopping { patience: 1 } data { split { type: \"none\" } }")))
                .containsExactly("data.split.type: \"none\" (expected: another: early stopping needs validation rows)");
        assertThat(Specs.faults(Specs.classifier("early_stopping { patience: 1 } data { split { type: \"given\" } }")))
                .isEmpty();
    }

    @Test
    void onlyClassifiersOfNumbersTrainOnChangedRows() {
        assertThat(Specs.faults(Specs.classifier(
                        "loss { type: \"huber\" } adversarial { type: \"fgsm\" epsilon: 0.1 steps: 2 }")))
                .containsExactly(
                        "adversarial.steps: 2 (expected: not set: adversarial training fgsm has none)",
                        "adversarial.type: \"fgsm\""
                                + " (expected: not set: only a classifier of numbers trains on changed rows)");
        assertThat(
                        Specs.faults(
                                Specs.classifier(
                                        "data { text { column: \"t\" tokens: \"word\" } } adversarial { type: \"fgsm\" epsilon: 0.1 }")))
                .containsExactly("adversarial.type: \"fgsm\""
                        + " (expected: not set: only a classifier of numbers trains on changed rows)");
        assertThat(Specs.faults(Specs.classifier("adversarial { epsilon: 0.1 }")))
                .containsExactly("adversarial.type: \"\" (expected: one of fgsm, pgd)");
    }

    @Test
    void onlyClassifiersHaveATeacher() {
        assertThat(
                        Specs.faults(
                                Specs.classifier(
                                        "loss { type: \"huber\" } distillation { teacher_version: \"big\" temperature: 0.5 weight: 2 }")))
                .containsExactly(
                        "distillation.teacher_version: \"big\""
                                + " (expected: tenants/{tenant}/models/{model}/versions/{version})",
                        "distillation.temperature: 0.5 (expected: finite and at least 1)",
                        "distillation.weight: 2.0 (expected: above 0 and at most 1)",
                        "distillation.teacher_version: \"big\" (expected: not set: only a classifier has a teacher)");
    }

    @Test
    void quantizationTrainsNothing() {
        String quantization = "task: \"quantization\" quantization { parent_version: \"P\" }"
                .replace("P", "tenants/acme/models/iris/versions/1");
        String names = "model: \"tenants/acme/models/iris\" dataset_version: \"tenants/acme/datasets/d/versions/1\"";
        assertThat(Specs.faults(Specs.parse(names + quantization))).isEmpty();
        assertThat(Specs.faults(Specs.classifier(
                        "task: \"quantization\" quantization { tolerance: 1 } data { normalization: \"min_max\" }",
                        "schedule { warmup_steps: 1 } regularization { l2: 1 } early_stopping { patience: 1 }",
                        "checkpoint_steps: 1 adversarial { type: \"fgsm\" } distillation { weight: 1 }",
                        "resume_from: \"x\"")))
                .containsExactly(
                        "quantization.parent_version: \"\""
                                + " (expected: tenants/{tenant}/models/{model}/versions/{version})",
                        "quantization.tolerance: 1.0 (expected: from 0 and below 1)",
                        "network.layers: \"2 layers\" (expected: not set: quantization trains nothing)",
                        "loss: \"cross_entropy\" (expected: not set: quantization trains nothing)",
                        "optimizer: \"adam\" (expected: not set: quantization trains nothing)",
                        "schedule: \"constant\" (expected: not set: quantization trains nothing)",
                        "regularization: \"set\" (expected: not set: quantization trains nothing)",
                        "early_stopping: \"set\" (expected: not set: quantization trains nothing)",
                        "epochs: 2 (expected: not set: quantization trains nothing)",
                        "batch_size: 8 (expected: not set: quantization trains nothing)",
                        "checkpoint_steps: 1 (expected: not set: quantization trains nothing)",
                        "adversarial: \"set\" (expected: not set: quantization trains nothing)",
                        "distillation: \"set\" (expected: not set: quantization trains nothing)",
                        "resume_from: \"x\" (expected: not set: quantization trains nothing)",
                        "data.normalization: \"min_max\" (expected: none: the parent holds its own)");
        assertThat(Specs.faults(Specs.classifier("quantization { parent_version: \"p\" }")))
                .containsExactly("quantization: \"p\" (expected: not set: only the task quantization has one)");
    }
}
