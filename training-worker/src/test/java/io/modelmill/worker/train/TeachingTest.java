package io.modelmill.worker.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.modelmill.trainingspec.job.TrainingSpec.Distillation;
import io.modelmill.trainingspec.network.LayerSpec;
import io.modelmill.worker.checkpoint.Checkpoints;
import io.modelmill.worker.failure.JobFailedException;
import io.modelmill.worker.fixture.Datasets;
import io.modelmill.worker.fixture.Jobs;
import io.modelmill.worker.fixture.Layers;
import io.modelmill.worker.fixture.MemoryData;
import io.modelmill.worker.fixture.Training;
import io.modelmill.worker.model.Model;
import io.modelmill.worker.network.TensorValues;
import io.modelmill.worker.rows.Batch;
import java.util.Optional;
import java.util.stream.LongStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

/** What a classifier learns from beside its labels, against its formulas. */
@SuppressWarnings("try") // The scope frees what is made while it is open.
class TeachingTest {
    private static final LayerSpec[] LINEAR = {Layers.layer("dense")};

    /** {@code T^2 * sum p log(p / q)} at temperature 3, computed by hand. */
    @Test
    void aLessonIsItsFormula() {
        double[][] taught = {{0.7, 0.2, 0.1}, {0, 0.25, 0.75}};
        double[][] logits = {{1, 2, 3}, {0.5, -1, 0}};
        double sum = 0;
        for (int row = 0; row < 2; row++) {
            double[] asked = new double[3];
            for (int i = 0; i < 3; i++) {
                asked[i] = Math.log(Math.max(taught[row][i], 1e-12));
            }
            double[] p = softened(asked, 3);
            double[] q = softened(logits[row], 3);
            for (int i = 0; i < 3; i++) {
                sum += 9 * p[i] * Math.log(p[i] / q[i]);
            }
        }
        try (PointerScope scope = new PointerScope()) {
            Teacher teacher = rows -> TensorValues.of(new float[] {0.7f, 0.2f, 0.1f, 0, 0.25f, 0.75f}, 2, 3);
            var lesson = new Lesson(teacher, new Distillation("", 3, 0.5));
            Tensor learner = TensorValues.of(new float[] {1, 2, 3, 0.5f, -1, 0}, 2, 3);
            assertThat(lesson.loss(learner, lesson.asked(new long[] {0, 1})).item_double())
                    .isCloseTo(sum / 2, within(1e-5));
            assertThat(lesson.loss(
                                    teacher.probabilities(new long[0])
                                            .clamp_min(new org.bytedeco.pytorch.Scalar(1e-12))
                                            .log(),
                                    lesson.asked(new long[0]))
                            .item_double())
                    .as("who answers as the teacher does has nothing to learn")
                    .isCloseTo(0, within(1e-6));
        }
    }

    private static double[] softened(double[] logits, double temperature) {
        double[] shares = new double[logits.length];
        double sum = 0;
        for (int i = 0; i < logits.length; i++) {
            shares[i] = Math.exp(logits[i] / temperature);
            sum += shares[i];
        }
        for (int i = 0; i < logits.length; i++) {
            shares[i] /= sum;
        }
        return shares;
    }

    /** A teacher that calls every row the first class: who learns from it alone does so too, half and half not. */
    @Test
    void theWeightSaysWhomToBelieve() {
        MemoryData data = Datasets.corners(200);
        Teacher liar = rows -> {
            float[] first = new float[rows.length * 3];
            for (int row = 0; row < rows.length; row++) {
                first[row * 3] = 1;
            }
            return TensorValues.of(first, rows.length, 3);
        };
        assertThat(accuracy(data, liar, 1)).isLessThan(0.5);
        assertThat(accuracy(data, liar, 0.1)).isGreaterThan(0.9);
    }

    private static double accuracy(MemoryData data, Teacher teacher, double weight) {
        try (PointerScope scope = new PointerScope()) {
            var training = new Training(
                    Jobs.of(LINEAR).distillation(2, weight).epochs(20).spec(),
                    data,
                    Optional.of(teacher),
                    Long.MAX_VALUE,
                    Checkpoints.NONE);
            training.run();
            return training.last("validation_accuracy");
        }
    }

    /** Of a linear model the loss's gradient by the input is {@code (probabilities - one of each) x weights}. */
    @Test
    void oneStepGoesByTheSignOfTheGradient() {
        try (PointerScope scope = new PointerScope()) {
            var training = new Training(Jobs.of(LINEAR).spec(), Datasets.corners(40));
            Tensor[] rows = rows(training.model, 20);
            float[] before = TensorValues.floats(rows[0]);
            float[] after = TensorValues.floats(
                    new Adversary(Jobs.choice("fgsm", "epsilon", 0.25), training.model).mislead(rows[0], rows[1]));
            float[] weights =
                    TensorValues.floats(training.model.network().parameters().getFirst());
            float[] shares = shares(training.model, rows[0]);
            long[] labels = TensorValues.longs(rows[1]);
            for (int row = 0; row < 20; row++) {
                for (int i = 0; i < 4; i++) {
                    double gradient = 0;
                    for (int label = 0; label < 3; label++) {
                        gradient += (shares[row * 3 + label] - (label == labels[row] ? 1 : 0)) * weights[label * 4 + i];
                    }
                    assertThat((double) after[row * 4 + i])
                            .isCloseTo(before[row * 4 + i] + 0.25 * Math.signum(gradient), within(1e-6));
                }
            }
        }
    }

    /** Steps of 0.1 and back to within 0.25: after three all that keep their direction are at the edge. */
    @Test
    void severalStepsStayWithinTheBound() {
        try (PointerScope scope = new PointerScope()) {
            var training = new Training(
                    Jobs.of(Layers.dense(8, "tanh"), Layers.layer("dense")).spec(), Datasets.corners(400));
            training.run();
            Tensor[] rows = rows(training.model, 100);
            float[] before = TensorValues.floats(rows[0]);
            for (int steps = 1; steps <= 4; steps++) {
                var adversary = new Adversary(
                        Jobs.choice("pgd", "epsilon", 0.25, "steps", (long) steps, "step_size", 0.1), training.model);
                Tensor changed = adversary.mislead(rows[0], rows[1]);
                float[] after = TensorValues.floats(changed);
                double farthest = 0;
                for (int i = 0; i < after.length; i++) {
                    farthest = Math.max(farthest, Math.abs(after[i] - before[i]));
                }
                assertThat(farthest).isCloseTo(Math.min(0.25, steps * 0.1), within(1e-5));
                assertThat(loss(training.model, changed, rows[1]))
                        .isGreaterThan(loss(training.model, rows[0], rows[1]));
            }
            // Without a size given, 2.5 times the bound is spread over the steps.
            float[] after =
                    TensorValues.floats(new Adversary(Jobs.choice("pgd", "epsilon", 0.25, "steps", 10L), training.model)
                            .mislead(rows[0], rows[1]));
            assertThat(Math.abs(after[0] - before[0])).isLessThan(0.2501f);
        }
    }

    /** Who trained on misleading rows is misled less. */
    @Test
    void trainingOnMisleadingRowsHelps() {
        assertThat(misled(Jobs.of(Layers.dense(16, "relu"), Layers.layer("dense"))
                        .adversarial("fgsm", "epsilon", 0.4, "share", 0.9)))
                .isLessThan(0.8 * misled(Jobs.of(Layers.dense(16, "relu"), Layers.layer("dense"))));
    }

    private static double misled(Jobs job) {
        try (PointerScope scope = new PointerScope()) {
            var training = new Training(job.epochs(30).spec(), Datasets.corners(400));
            training.run();
            Tensor[] rows = rows(training.model, 200);
            var adversary = new Adversary(Jobs.choice("fgsm", "epsilon", 0.4), training.model);
            return loss(training.model, adversary.mislead(rows[0], rows[1]), rows[1]);
        }
    }

    @Test
    void tokensCannotBeChangedALittle() {
        try (PointerScope scope = new PointerScope()) {
            var job = Jobs.of(Layers.layer("embedding", "units", 4L), Layers.layer("flatten"), Layers.layer("dense"))
                    .adversarial("fgsm", "epsilon", 0.1)
                    .spec();
            assertThatThrownBy(() -> new Training(job, Datasets.pairs(8)))
                    .isInstanceOf(JobFailedException.class)
                    .hasMessage("adversarial.type: \"fgsm\" (expected: not set, tokens have nothing between them)");
        }
    }

    private static Tensor[] rows(Model model, int count) {
        Batch batch = Datasets.corners(4 * count)
                .training()
                .read(LongStream.range(0, count).toArray());
        Tensor input = model.input(batch);
        return new Tensor[] {input, model.target(batch, input)};
    }

    private static float[] shares(Model model, Tensor input) {
        try (NoGradGuard noGradients = new NoGradGuard()) {
            return TensorValues.floats(model.objective().answer(model.network().forward(input, false)));
        }
    }

    private static double loss(Model model, Tensor input, Tensor target) {
        try (NoGradGuard noGradients = new NoGradGuard()) {
            return model.objective()
                    .loss(model.network().forward(input, false), target)
                    .item_double();
        }
    }
}
