package io.modelmill.worker.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.modelmill.trainingspec.job.TrainingSpec.Regularization;
import io.modelmill.trainingspec.network.LayerSpec;
import io.modelmill.worker.fixture.Datasets;
import io.modelmill.worker.fixture.Jobs;
import io.modelmill.worker.fixture.Layers;
import io.modelmill.worker.fixture.MemoryData;
import io.modelmill.worker.fixture.Training;
import io.modelmill.worker.network.TensorValues;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.Test;

@SuppressWarnings("try") // The scope frees what is made while it is open.
class TrainerTest {
    private static final MemoryData DATA = Datasets.corners(160);
    private static final LayerSpec[] LAYERS = {Layers.dense(16, "relu"), Layers.layer("dense")};

    @Test
    void tellsHowFarItIs() {
        try (PointerScope scope = new PointerScope()) {
            var training = new Training(Jobs.of(LAYERS).epochs(2).spec(), DATA);
            TrainingOutcome outcome = training.run();
            assertThat(outcome.epochs()).isEqualTo(2);
            assertThat(outcome.steps()).isEqualTo(20);
            TrainingProgress first = training.epochs.getFirst();
            assertThat(first.epoch()).isEqualTo(1);
            assertThat(first.step()).isEqualTo(10);
            assertThat(first.steps()).isEqualTo(20);
            assertThat(first.metrics())
                    .containsOnlyKeys(
                            "loss",
                            "accuracy",
                            "validation_loss",
                            "validation_accuracy",
                            "validation_f1_macro",
                            "learning_rate",
                            "rows_per_second");
            assertThat(first.metrics().get("learning_rate")).isEqualTo(0.01);
            assertThat(first.metrics().get("rows_per_second")).isPositive();
            assertThat(first.remaining()).isPositive();
            assertThat(training.epochs.getLast().remaining()).isZero();
        }
    }

    @Test
    void followsTheSchedule() {
        try (PointerScope scope = new PointerScope()) {
            var training = new Training(
                    Jobs.of(LAYERS)
                            .schedule("step", "every_epochs", 1L, "factor", 0.5)
                            .spec(),
                    DATA);
            training.run();
            assertThat(training.epochs.stream().map(told -> told.metrics().get("learning_rate")))
                    .containsExactly(0.01, 0.005, 0.0025);
        }
    }

    /** The best epoch is where the patience began; its weights are the model's. */
    @Test
    void stopsEarlyWithTheBestWeights() {
        try (PointerScope scope = new PointerScope()) {
            Jobs job = Jobs.of(LAYERS)
                    .optimizer("adam", "learning_rate", 0.3)
                    .epochs(60)
                    .seed(3);
            var training =
                    new Training(job.earlyStopping(4, 0, "validation_loss").spec(), DATA);
            TrainingOutcome outcome = training.run();
            List<Double> losses = training.epochs.stream()
                    .map(told -> told.metrics().get("validation_loss"))
                    .toList();
            int best = losses.indexOf(losses.stream().min(Double::compare).orElseThrow()) + 1;
            assertThat(outcome.epochs()).isLessThan(60);
            assertThat(outcome.chosenEpoch()).isEqualTo(best).isEqualTo(outcome.epochs() - 4);
            var shorter = new Training(
                    Jobs.of(LAYERS)
                            .optimizer("adam", "learning_rate", 0.3)
                            .epochs(best)
                            .seed(3)
                            .spec(),
                    DATA);
            shorter.run();
            assertThat(training.weights()).usingRecursiveComparison().isEqualTo(shorter.weights());
        }
    }

    @Test
    void aGainBelowTheLeastIsNone() {
        try (PointerScope scope = new PointerScope()) {
            var training = new Training(
                    Jobs.of(LAYERS)
                            .epochs(60)
                            .earlyStopping(2, 10, "validation_loss")
                            .spec(),
                    DATA);
            assertThat(training.run().epochs())
                    .as("the first is better than nothing")
                    .isEqualTo(3);
        }
    }

    /** One step of plain descent from the same start: weights shrink, biases do not. */
    @Test
    void penaltiesArePartOfTheLoss() {
        try (PointerScope scope = new PointerScope()) {
            Jobs plain = Jobs.of(LAYERS)
                    .optimizer("sgd", "learning_rate", 0.1)
                    .epochs(1)
                    .batchSize(1000);
            var without = new Training(plain.spec(), DATA);
            List<float[]> start = without.weights();
            without.run();
            var with = new Training(
                    plain.regularization(new Regularization(0.01, 0.5, 0, 0)).spec(), DATA);
            with.run();
            double penalty = 0;
            for (int i = 0; i < start.size(); i++) {
                boolean isWeight = i % 2 == 0;
                for (int j = 0; j < start.get(i).length; j++) {
                    double weight = start.get(i)[j];
                    double pulled = isWeight ? 0.1 * (0.01 * Math.signum(weight) + 0.5 * weight) : 0;
                    penalty += isWeight ? 0.01 * Math.abs(weight) + 0.25 * weight * weight : 0;
                    assertThat((double) with.weights().get(i)[j])
                            .isCloseTo(without.weights().get(i)[j] - pulled, within(1e-5));
                }
            }
            assertThat(with.last("loss")).isCloseTo(without.last("loss") + penalty, within(1e-4));
        }
    }

    @Test
    void gradientsAreCutBeforeTheStep() {
        try (PointerScope scope = new PointerScope()) {
            Jobs job = Jobs.of(LAYERS)
                    .optimizer("sgd", "learning_rate", 1.0)
                    .epochs(1)
                    .batchSize(1000);
            var training = new Training(
                    job.regularization(new Regularization(0, 0, 0.01, 0)).spec(), DATA);
            List<float[]> start = training.weights();
            training.run();
            double squares = 0;
            for (int i = 0; i < start.size(); i++) {
                for (int j = 0; j < start.get(i).length; j++) {
                    squares += Math.pow(training.weights().get(i)[j] - start.get(i)[j], 2);
                }
            }
            assertThat(Math.sqrt(squares)).isCloseTo(0.01, within(1e-5));
        }
    }

    @Test
    void anotherSeedTrainsAnother() {
        try (PointerScope scope = new PointerScope()) {
            var first = new Training(Jobs.of(LAYERS).seed(1).spec(), DATA);
            var second = new Training(Jobs.of(LAYERS).seed(2).spec(), DATA);
            first.run();
            second.run();
            assertThat(first.weights().getFirst()).isNotEqualTo(second.weights().getFirst());
            assertThat(TensorValues.floats(first.model.network().parameters().getFirst()))
                    .isEqualTo(first.weights().getFirst());
        }
    }
}
