package io.modelmill.training.spec;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelmill.servicekit.error.Violations;
import io.modelmill.training.spec.DatasetFacts.Column;
import io.modelmill.training.spec.TrainingSpec.DataSpec;
import io.modelmill.training.spec.TrainingSpec.Optimizer;
import io.modelmill.trainingspec.network.LayerSpec;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DataRulesTest {
    private static final Column LENGTH = new Column("length", true, 0, 0);
    private static final Column SPECIES = new Column("species", false, 3, 0);
    private static final Column PRICE = new Column("price", true, 0, 0);
    private static final Column GAPS = new Column("gaps", true, 5, 7);
    private static final Column CONSTANT = new Column("constant", true, 1, 0);
    private static final DatasetFacts FACTS = new DatasetFacts(100, List.of(LENGTH, SPECIES, PRICE, GAPS, CONSTANT));

    @Test
    void takesSpecThatFitsTheData() {
        assertThat(faults(spec("cross_entropy", "species", 3, "length", "price")))
                .isEmpty();
        assertThat(faults(spec("mean_squared_error", "price", 1, "length"))).isEmpty();
    }

    @Test
    void wantsOneUnitForEachClass() {
        assertThat(faults(spec("cross_entropy", "species", 10, "length")))
                .containsExactly("training_job.spec.network.layers[1].units: 10"
                        + " (expected: 3, the number of classes in \"species\")");
    }

    @Test
    void wantsTwoToThousandClasses() {
        assertThat(faults(spec("cross_entropy", "price", 3, "length")))
                .containsExactly("training_job.spec.data.label_column: \"price: more than 1000 distinct values\""
                        + " (expected: 2 to 1000 classes for cross_entropy)");
        assertThat(faults(spec("cross_entropy", "constant", 1, "length")))
                .containsExactly("training_job.spec.data.label_column: \"constant: 1 distinct values\""
                        + " (expected: 2 to 1000 classes for cross_entropy)");
    }

    @Test
    void wantsNumberAndOneUnitForRegression() {
        assertThat(faults(spec("mean_squared_error", "species", 3, "length")))
                .containsExactly(
                        "training_job.spec.data.label_column: \"species: text\""
                                + " (expected: numbers for mean_squared_error)",
                        "training_job.spec.network.layers[1].units: 3 (expected: 1, one number is predicted)");
    }

    @Test
    void refusesUnknownTextualAndIncompleteColumns() {
        assertThat(faults(spec("mean_squared_error", "gaps", 1, "length", "lenght", "species", "constant")))
                .containsExactly(
                        "training_job.spec.data.label_column: \"gaps: 7 missing values\""
                                + " (expected: a value in every row)",
                        "training_job.spec.data.feature_columns[1]: \"lenght\""
                                + " (expected: one of length, species, price, gaps, constant)",
                        "training_job.spec.data.feature_columns[2]: \"species: text\" (expected: numbers)");
        assertThat(faults(spec("cross_entropy", "colour", 3, "gaps")))
                .containsExactly(
                        "training_job.spec.data.label_column: \"colour\""
                                + " (expected: one of length, species, price, gaps, constant)",
                        "training_job.spec.data.feature_columns[0]: \"gaps: 7 missing values\""
                                + " (expected: a number in every row)");
    }

    @Test
    void takesAllOtherColumnsIfNoneIsNamed() {
        assertThat(faults(spec("cross_entropy", "species", 3)))
                .containsExactly("training_job.spec.data.feature_columns: \"gaps: 7 missing values\""
                        + " (expected: a number in every row)");
    }

    @Test
    void wantsRowsOnBothSidesOfTheSplit() {
        Violations violations = new Violations();
        DataRules.check(
                spec("cross_entropy", "species", 3, "length"), new DatasetFacts(4, FACTS.columns()), 1_000, violations);
        assertThat(violations.found())
                .extracting(found -> found.field() + ": " + found.description())
                .containsExactly("training_job.spec.data.test_fraction: \"0.2 of 4 rows\""
                        + " (expected: at least one row held out and one to train)");
    }

    @Test
    void limitsParameters() {
        Violations violations = new Violations();
        DataRules.check(spec("cross_entropy", "species", 3, "length", "price"), FACTS, 50, violations);
        // 2 inputs to 8 units to 3 units, each with a bias: 3 * 8 + 9 * 3.
        assertThat(violations.found())
                .extracting(found -> found.field() + ": " + found.description())
                .containsExactly("training_job.spec.network.layers: \"51 parameters\" (expected: at most 50)");
    }

    @Test
    void refusesLayersThatDoNotFitTheRows() {
        TrainingSpec spec = spec("cross_entropy", "species", 3, "length", "price");
        Violations violations = new Violations();
        DataRules.check(
                new TrainingSpec(
                        spec.model(),
                        spec.datasetVersion(),
                        spec.data(),
                        List.of(
                                LayerSpec.of("conv2d", Map.of("filters", 2L, "kernel_size", List.of(3L))),
                                LayerSpec.of("dense", Map.of("units", 4L))),
                        spec.loss(),
                        spec.optimizer(),
                        spec.epochs(),
                        spec.batchSize(),
                        spec.seed(),
                        spec.maxDuration(),
                        spec.aliases()),
                FACTS,
                1_000,
                violations);
        assertThat(violations.found())
                .extracting(found -> found.field() + ": " + found.description())
                .containsExactly(
                        "training_job.spec.network.layers[1].units: 4"
                                + " (expected: 3, the number of classes in \"species\")",
                        "training_job.spec.network.layers[0].type: \"an input of [2]\""
                                + " (expected: an image [channels, height, width])");
    }

    private static TrainingSpec spec(String loss, String label, int outputs, String... features) {
        return new TrainingSpec(
                "tenants/acme/models/iris",
                "tenants/acme/datasets/flowers/versions/1",
                new DataSpec(label, List.of(features), 0.2, "none"),
                List.of(
                        LayerSpec.of("dense", Map.of("units", 8L, "activation", "relu")),
                        LayerSpec.of("dense", Map.of("units", (long) outputs))),
                loss,
                new Optimizer("adam", 0.01, 0, 0),
                1,
                1,
                0,
                Duration.ofHours(1),
                List.of());
    }

    private static List<String> faults(TrainingSpec spec) {
        Violations violations = new Violations();
        DataRules.check(spec, FACTS, 1_000, violations);
        return violations.found().stream()
                .map(found -> found.field() + ": " + found.description())
                .toList();
    }
}
