package io.modelmill.worker.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.modelmill.trainingspec.setting.Choice;
import io.modelmill.worker.failure.JobFailedException;
import io.modelmill.worker.fixture.Datasets;
import io.modelmill.worker.fixture.Jobs;
import io.modelmill.worker.fixture.Layers;
import io.modelmill.worker.fixture.Training;
import io.modelmill.worker.network.TensorValues;
import io.modelmill.worker.objective.Objective;
import io.modelmill.worker.rows.Answers;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.junit.jupiter.api.Test;

@SuppressWarnings("try") // The scope frees what is made while it is open.
class EvaluationTest {
    private static final Offset<Double> NEAR = within(1e-6);
    private static final Answers.Classes THREE = new Answers.Classes(List.of("a", "b", "c"), List.of(20L, 10L, 10L));

    /** Six rows of three classes: a is taken for a twice and for b once, b for b, c for a and c. */
    @Test
    void measuresClasses() {
        try (PointerScope scope = new PointerScope()) {
            Measures measures = classes(true);
            float[] logits = new float[18];
            int[] best = {0, 0, 1, 1, 0, 2};
            for (int row = 0; row < 6; row++) {
                logits[row * 3 + best[row]] = (float) Math.log(8);
            }
            // In two batches, as rows come.
            measures.add(TensorValues.of(slice(logits, 0, 12), 4, 3), TensorValues.of(new long[] {0, 0, 0, 1}, 4));
            measures.add(TensorValues.of(slice(logits, 12, 18), 2, 3), TensorValues.of(new long[] {2, 2}, 2));
            Map<String, Double> metrics = measures.full();
            assertThat(metrics.get("accuracy")).isCloseTo(4.0 / 6, NEAR);
            assertThat(metrics.get("log_loss")).isCloseTo((4 * Math.log(10.0 / 8) + 2 * Math.log(10)) / 6, NEAR);
            assertThat(metrics.get("precision_macro")).isCloseTo((2.0 / 3 + 1.0 / 2 + 1) / 3, NEAR);
            assertThat(metrics.get("recall_macro")).isCloseTo((2.0 / 3 + 1 + 1.0 / 2) / 3, NEAR);
            double f1 = (2.0 / 3 + 2.0 / 3 + 2.0 / 3) / 3;
            assertThat(metrics.get("f1_macro")).isCloseTo(f1, NEAR);
            assertThat(metrics.get("f1_micro")).isCloseTo(4.0 / 6, NEAR);
            assertThat(metrics).doesNotContainKey("top_5_accuracy");
            assertThat(measures.brief()).containsOnlyKeys("accuracy", "f1_macro");
            assertThat(measures.baseline().get("accuracy")).isCloseTo(0.5, NEAR);
            assertThat(measures.baseline().get("log_loss"))
                    .isCloseTo(-(3 * Math.log(0.5) + 3 * Math.log(0.25)) / 6, NEAR);
            assertThat(measures.baselineAnswer()).contains("`a`");
            assertThat(measures.details().get("confusion_matrix"))
                    .isEqualTo(List.of(List.of(2L, 1L, 0L), List.of(0L, 1L, 0L), List.of(1L, 0L, 1L)));
            assertThat(String.valueOf(measures.details().get("classes")))
                    .contains("{label=b, rows=1, precision=0.5, recall=1.0, f1=0.6666666666666666, roc_auc=");
        }
    }

    @Test
    void aClassThatNobodyHasAndNobodyIsTakenForCountsInNoMean() {
        try (PointerScope scope = new PointerScope()) {
            Measures measures = classes(true);
            measures.add(TensorValues.of(new float[] {5, 0, 0, 0, 5, 0}, 2, 3), TensorValues.of(new long[] {0, 1}, 2));
            assertThat(measures.full().get("f1_macro")).isEqualTo(1);
        }
    }

    @Test
    void topFiveAmongManyClasses() {
        List<String> labels = new ArrayList<>();
        List<Long> counts = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            labels.add("l" + i);
            counts.add(1L);
        }
        try (PointerScope scope = new PointerScope()) {
            Measures measures = measures(new Answers.Classes(labels, counts));
            float[] logits = {8, 7, 6, 5, 4, 3, 2, 1, 8, 7, 6, 5, 4, 3, 2, 1};
            measures.add(TensorValues.of(logits, 2, 8), TensorValues.of(new long[] {4, 5}, 2));
            assertThat(measures.full().get("top_5_accuracy")).isEqualTo(0.5);
            assertThat(measures.full().get("accuracy")).isZero();
        }
    }

    @Test
    void bearsLargeLogits() {
        try (PointerScope scope = new PointerScope()) {
            Measures measures = classes(true);
            measures.add(TensorValues.of(new float[] {1000, -1000, 0}, 1, 3), TensorValues.of(new long[] {1}, 1));
            assertThat(measures.full().get("log_loss")).isEqualTo(2000);
        }
    }

    /** Against counting all pairs. */
    @Test
    void areaUnderTheCurveIsTheShareOfPairsInOrder() {
        var random = new Random(5);
        for (double spread : new double[] {1e-4, 0.1, 3, 30}) {
            int rows = 400;
            float[] logits = new float[rows * 3];
            long[] targets = new long[rows];
            for (int row = 0; row < rows; row++) {
                targets[row] = random.nextInt(3);
                for (int label = 0; label < 3; label++) {
                    logits[row * 3 + label] =
                            (float) ((random.nextGaussian() + (label == targets[row] ? 1 : 0)) * spread);
                }
            }
            try (PointerScope scope = new PointerScope()) {
                Measures measures = classes(true);
                measures.add(TensorValues.of(logits, rows, 3), TensorValues.of(targets, rows));
                double sum = 0;
                for (int label = 0; label < 3; label++) {
                    sum += area(logits, targets, label);
                }
                assertThat(measures.full().get("roc_auc"))
                        .as("spread %s", spread)
                        .isCloseTo(sum / 3, within(1e-3));
            }
        }
    }

    private static double area(float[] logits, long[] targets, int label) {
        double pairs = 0;
        double ordered = 0;
        for (int right = 0; right < targets.length; right++) {
            for (int wrong = 0; wrong < targets.length; wrong++) {
                if (targets[right] == label && targets[wrong] != label) {
                    pairs++;
                    double difference = odds(logits, right, label) - odds(logits, wrong, label);
                    ordered += difference > 0 ? 1 : difference == 0 ? 0.5 : 0;
                }
            }
        }
        return ordered / pairs;
    }

    private static double odds(float[] logits, int row, int label) {
        double others = 0;
        for (int other = 0; other < 3; other++) {
            others += other == label ? 0 : Math.exp(logits[row * 3 + other] - logits[row * 3 + label]);
        }
        return -Math.log(others);
    }

    @Test
    void twoClassesFromOneLogit() {
        var two = new Answers.Classes(List.of("no", "yes"), List.of(3L, 1L));
        try (PointerScope scope = new PointerScope()) {
            Measures measures = new ClassMeasures(Objective.of(Choice.of("binary_cross_entropy"), two), two, true);
            measures.add(
                    TensorValues.of(new float[] {-2, -1, 3, 1}, 4, 1), TensorValues.of(new long[] {0, 1, 1, 0}, 4));
            assertThat(measures.full().get("accuracy")).isEqualTo(0.5);
            assertThat(measures.full().get("roc_auc")).isEqualTo(0.75);
        }
    }

    @Test
    void measuresNumbers() {
        try (PointerScope scope = new PointerScope()) {
            Measures measures = measures(new Answers.Number());
            measures.add(TensorValues.of(new float[] {2}, 1, 1), TensorValues.of(new float[] {1}, 1, 1));
            measures.add(TensorValues.of(new float[] {2.5f}, 1, 1), TensorValues.of(new float[] {3}, 1, 1));
            Map<String, Double> metrics = measures.full();
            assertThat(metrics.get("mean_squared_error")).isCloseTo(0.625, NEAR);
            assertThat(metrics.get("mean_absolute_error")).isCloseTo(0.75, NEAR);
            assertThat(metrics.get("root_mean_squared_error")).isCloseTo(Math.sqrt(0.625), NEAR);
            assertThat(metrics.get("max_error")).isEqualTo(1);
            assertThat(metrics.get("r2")).isCloseTo(1 - 1.25 / 2, NEAR);
            assertThat(measures.baseline().get("mean_squared_error")).isCloseTo(1, NEAR);
        }
    }

    /** The worst is below its target and in neither the first batch nor the last; the mean, 2, is farthest from the smallest. */
    @Test
    void findsTheLargestErrorOfAllBatches() {
        try (PointerScope scope = new PointerScope()) {
            Measures measures = measures(new Answers.Number());
            measures.add(TensorValues.of(new float[] {5, 4}, 2, 1), TensorValues.of(new float[] {4.5f, 4}, 2, 1));
            measures.add(TensorValues.of(new float[] {-6}, 1, 1), TensorValues.of(new float[] {-3.5f}, 1, 1));
            measures.add(TensorValues.of(new float[] {4}, 1, 1), TensorValues.of(new float[] {3}, 1, 1));
            assertThat(measures.full().get("max_error")).isEqualTo(2.5);
            assertThat(measures.brief().get("max_error")).isEqualTo(2.5);
            assertThat(measures.baseline().get("max_error")).isCloseTo(5.5, NEAR);
        }
    }

    @Test
    void theLargestErrorOfAnAnswerThatIsNoNumberIsNone() {
        try (PointerScope scope = new PointerScope()) {
            Measures measures = measures(new Answers.Number());
            measures.add(TensorValues.of(new float[] {Float.NaN, 4}, 2, 1), TensorValues.of(new float[] {1, 1}, 2, 1));
            assertThat(measures.full().get("max_error")).isNaN();
        }
    }

    /** Two values of each row, the second the same in all rows. */
    @Test
    void measuresRowsAgainstEachValuesOwnMean() {
        try (PointerScope scope = new PointerScope()) {
            Measures measures = measures(new Answers.Itself());
            measures.add(
                    TensorValues.of(new float[] {1, 100, 3, 101}, 2, 2),
                    TensorValues.of(new float[] {1, 100, 5, 100}, 2, 2));
            assertThat(measures.full().get("mean_squared_error")).isCloseTo(5.0 / 4, NEAR);
            assertThat(measures.baseline().get("mean_squared_error")).isCloseTo(8.0 / 4, NEAR);
            assertThat(measures.full().get("max_error")).isEqualTo(2);
            assertThat(measures.baseline().get("max_error")).isCloseTo(2, NEAR);
            assertThat(measures.full().get("r2")).isCloseTo(1 - 5.0 / 8, NEAR);
        }
    }

    @Test
    void leavesOutWhatIsUndefinedForEqualTargets() {
        try (PointerScope scope = new PointerScope()) {
            Measures measures = measures(new Answers.Number());
            measures.add(TensorValues.of(new float[] {4, 5}, 2, 1), TensorValues.of(new float[] {4, 4}, 2, 1));
            assertThat(measures.full()).doesNotContainKey("r2");
        }
    }

    @Test
    void measuresTokensButNotThoseThatAreNone() {
        try (PointerScope scope = new PointerScope()) {
            Measures measures = new TokenMeasures(3, true);
            float two = (float) Math.log(2);
            measures.add(
                    TensorValues.of(new float[] {two, 0, 0, 9, 9, 9, 0, 0, two, 0, two, 0}, 2, 2, 3),
                    TensorValues.of(new long[] {0, -100, 1, 1}, 2, 2));
            measures.add(TensorValues.of(new float[3], 1, 1, 3), TensorValues.of(new long[] {-100}, 1, 1));
            assertThat(measures.full().get("accuracy")).isCloseTo(2.0 / 3, NEAR);
            assertThat(measures.full().get("perplexity")).isCloseTo(Math.cbrt(2 * 4 * 2), within(1e-5));
            assertThat(measures.baseline().get("perplexity"))
                    .isCloseTo(Math.exp(Math.log(3) / 3 + 2 * Math.log(1.5) / 3), NEAR);
            assertThat(measures.baseline().get("accuracy")).isCloseTo(2.0 / 3, NEAR);
            assertThat(measures.details()).isEqualTo(Map.of("tokens", 3L));
        }
    }

    /** The loss is the whole set's, however the rows fall into batches. */
    @Test
    void weighsTheLossOverAllBatches() {
        try (PointerScope scope = new PointerScope()) {
            var data = Datasets.corners(6000);
            var training = new Training(
                    Jobs.of(Layers.layer("dense"))
                            .loss("cross_entropy", "class_weights", List.of(1.0, 5.0, 0.1))
                            .spec(),
                    data);
            Evaluation evaluation = Evaluation.brief(training.model, data.training(), 8, () -> {});
            long[] all = java.util.stream.LongStream.range(0, 3000).toArray();
            var batch = data.training().read(all);
            double whole = training.model
                    .objective()
                    .loss(training.model.network().forward(training.model.input(batch), false), batch.target())
                    .item_double();
            assertThat(evaluation.loss()).isCloseTo(whole, within(1e-5));
            assertThat(evaluation.briefMetrics("validation_"))
                    .containsOnlyKeys("validation_loss", "validation_accuracy", "validation_f1_macro");
        }
    }

    @Test
    void refusesWhatIsNoNumber() {
        try (PointerScope scope = new PointerScope();
                NoGradGuard noGradients = new NoGradGuard()) {
            var data = Datasets.corners(40);
            var training = new Training(Jobs.of(Layers.layer("dense")).spec(), data);
            training.model.network().parameters().getFirst().fill_(new Scalar(Double.NaN));
            Evaluation evaluation = Evaluation.full(training.model, data.heldOut(), 8, () -> {});
            assertThatThrownBy(() -> evaluation.metrics("test_"))
                    .isInstanceOf(JobFailedException.class)
                    .hasMessageStartingWith("test_loss is NaN (expected: a finite number)");
        }
    }

    private static Measures classes(boolean full) {
        return new ClassMeasures(Objective.of(Choice.of("cross_entropy"), THREE), THREE, full);
    }

    private static Measures measures(Answers answers) {
        return switch (answers) {
            case Answers.Classes classes ->
                new ClassMeasures(Objective.of(Choice.of("cross_entropy"), classes), classes, true);
            default -> new NumberMeasures(Objective.of(Choice.of("huber"), answers));
        };
    }

    private static float[] slice(float[] values, int start, int end) {
        return java.util.Arrays.copyOfRange(values, start, end);
    }
}
