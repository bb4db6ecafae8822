package io.modelmill.trainingspec.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelmill.trainingspec.fault.Faults;
import io.modelmill.trainingspec.job.DatasetFacts.Column;
import io.modelmill.trainingspec.job.DatasetFacts.Kind;
import io.modelmill.trainingspec.job.ResourceRules.Limits;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ResourceRulesTest {
    private static final long MEBIBYTE = 1L << 20;
    private static final DatasetFacts FACTS = new DatasetFacts(
            1_000,
            50_000,
            List.of(
                    Column.of("length", Kind.NUMBER, List.of(), 0),
                    Column.of("width", Kind.NUMBER, List.of(), 0),
                    Column.of("line", Kind.TEXT, List.of(), 0),
                    Column.of("species", Kind.TEXT, List.of("a", "b", "c"), 0)),
            Map.of());
    private static final String NUMBERS = "data { feature_columns: \"length\" feature_columns: \"width\" }";

    @Test
    void reckonsMemoryAndDisk() {
        Estimate estimate = estimate(Specs.classifier(NUMBERS));

        // 2 inputs to 8 units to 3 units, each with a bias: 3 * 8 + 9 * 3.
        assertThat(estimate.parameters()).isEqualTo(51);
        // Weight, gradient and two means of Adam; 8 rows of 2 + 8 + 3 values with their gradients.
        assertThat(estimate.memoryBytes()).isEqualTo(600 * MEBIBYTE + 51 * 4 * 4 + 8 * (2 + 8 + 3) * 8);
        // The file, 1,000 rows of two numbers, two checkpoints of three numbers each, and the graph.
        assertThat(estimate.diskBytes()).isEqualTo(50_000 + 1_000 * 2 * 8 + 2 * 51 * 3 * 4 + 51 * 4);
    }

    @ParameterizedTest
    @CsvSource({
        "sgd, '', 2",
        "sgd, momentum: 0.9, 3",
        "adagrad, '', 3",
        "rmsprop, '', 3",
        "rmsprop, momentum: 0.9, 4",
        "adamw, '', 4"
    })
    void optimizersKeepNumbersOfEachParameter(String type, String setting, long copies) {
        Estimate estimate = estimate(Specs.classifier(NUMBERS, "optimizer { type: \"" + type + "\" " + setting + " }"));
        assertThat(estimate.memoryBytes()).isEqualTo(600 * MEBIBYTE + 51 * 4 * copies + 832);
    }

    @Test
    void earlyStoppingKeepsTheBestWeights() {
        Estimate plain = estimate(Specs.classifier(NUMBERS));
        Estimate early = estimate(Specs.classifier(
                NUMBERS, "early_stopping { patience: 1 } data { split { validation_fraction: 0.1 } }"));
        assertThat(early.memoryBytes() - plain.memoryBytes()).isEqualTo(51 * 4);
    }

    @Test
    void attentionSeesEachStepFromEachOther() {
        Estimate estimate = estimate(Specs.job(Specs.CLASSES, """
                data { text { column: "line" tokens: "word" max_length: 100 vocabulary_size: 50 } }
                network {
                  layers { type: "embedding" units: 4 }
                  layers { type: "transformer_encoder" heads: 2 units: 6 }
                  layers { type: "lstm" units: 5 bidirectional: true }
                  layers { type: "dense" }
                }
                """));
        long embedding = 100 * 4;
        long encoder = 4 * embedding + 2 * 100 * 100 + 4 * embedding + 2 * 100 * 6;
        long lstm = 6 * 2 * 100 * 5;
        assertThat(estimate.memoryBytes() - 600 * MEBIBYTE - estimate.parameters() * 4 * 4)
                .isEqualTo(8 * (100 + embedding + encoder + lstm + 3) * 8);
    }

    @Test
    void aTeacherIsReadBesideTheNetwork() {
        TrainingSpec spec = Specs.classifier(NUMBERS);
        NetworkPlan plan = DataRules.check(spec, FACTS, Faults.ofSpec()).orElseThrow();
        Estimate alone = Estimate.ofTraining(spec, plan, FACTS, 0);
        Estimate taught = Estimate.ofTraining(spec, plan, FACTS, 1_000);
        assertThat(taught.memoryBytes() - alone.memoryBytes()).isEqualTo(2_000);
        assertThat(taught.diskBytes() - alone.diskBytes()).isEqualTo(1_000);
    }

    @Test
    void quantizationNeedsItsParentTwice() {
        assertThat(Estimate.ofQuantization(FACTS, 1_000))
                .isEqualTo(new Estimate(0, 600 * MEBIBYTE + 4_000, 2 * 50_000 + 2_000));
    }

    @Test
    void refusesWhatIsTooMuch() {
        assertThat(faults(new Estimate(51, 3 * MEBIBYTE + 1, 5 * MEBIBYTE), new Limits(50, MEBIBYTE, 4 * MEBIBYTE)))
                .containsExactly(
                        "network.layers: \"51 parameters\" (expected: at most 50)",
                        "batch_size: \"needs 4 MiB of memory with 51 parameters\""
                                + " (expected: at most 1 MiB: fewer rows a step, or a smaller network)",
                        "dataset_version: \"needs 5 MiB of disk for rows and checkpoints\" (expected: at most 4 MiB)");
        assertThat(faults(new Estimate(50, MEBIBYTE, 4 * MEBIBYTE), new Limits(50, MEBIBYTE, 4 * MEBIBYTE)))
                .isEmpty();
    }

    @Test
    void refusesWhatCannotBeCounted() {
        assertThat(faults(new Estimate(Long.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE), new Limits(100, 100, 100)))
                .containsExactly("network.layers: \"more parameters than can be counted\" (expected: at most 100)");
    }

    private static Estimate estimate(TrainingSpec spec) {
        return Estimate.ofTraining(
                spec, DataRules.check(spec, FACTS, Faults.ofSpec()).orElseThrow(), FACTS, 0);
    }

    private static List<String> faults(Estimate estimate, Limits limits) {
        Faults faults = Faults.ofSpec();
        ResourceRules.check(estimate, limits, faults);
        return faults.found().stream().map(Object::toString).toList();
    }
}
