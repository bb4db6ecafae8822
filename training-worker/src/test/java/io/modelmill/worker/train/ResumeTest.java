package io.modelmill.worker.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.modelmill.trainingspec.network.LayerSpec;
import io.modelmill.trainingspec.network.Shape;
import io.modelmill.worker.checkpoint.BadCheckpointException;
import io.modelmill.worker.checkpoint.CheckpointFile;
import io.modelmill.worker.checkpoint.Checkpoints;
import io.modelmill.worker.checkpoint.Occasion;
import io.modelmill.worker.checkpoint.TrainingState;
import io.modelmill.worker.fixture.Datasets;
import io.modelmill.worker.fixture.Jobs;
import io.modelmill.worker.fixture.Layers;
import io.modelmill.worker.fixture.MemoryData;
import io.modelmill.worker.fixture.Training;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Training that was interrupted ends with the same bits as training that was not. */
@SuppressWarnings("try") // The scope frees what is made while it is open.
class ResumeTest {
    private static final LayerSpec[] MLP = {
        Layers.dense(16, "relu"), Layers.dropout(0.4), Layers.layer("layer_norm"), Layers.dense(3)
    };
    private static final LayerSpec[] CNN = {
        Layers.layer("conv2d", "filters", 4L, "kernel_size", List.of(3L), "padding", "same"),
        Layers.layer("batch_norm"),
        Layers.activation("relu"),
        Layers.layer("max_pool"),
        Layers.layer("flatten"),
        Layers.dropout(0.2),
        Layers.dense(3)
    };

    @TempDir
    Path folder;

    static Stream<Arguments> trainings() {
        MemoryData corners = Datasets.corners(90);
        MemoryData images = Datasets.corners(70, 3, Shape.numbers(1, 4, 4));
        return Stream.of(
                Arguments.of("sgd", Jobs.of(MLP).optimizer("sgd", "learning_rate", 0.1), corners),
                Arguments.of(
                        "momentum",
                        Jobs.of(MLP).optimizer("sgd", "learning_rate", 0.1, "momentum", 0.9, "nesterov", true),
                        corners),
                Arguments.of("adagrad", Jobs.of(MLP).optimizer("adagrad", "learning_rate", 0.1), corners),
                Arguments.of(
                        "rmsprop", Jobs.of(MLP).optimizer("rmsprop", "learning_rate", 0.01, "momentum", 0.5), corners),
                Arguments.of("adam", Jobs.of(MLP), corners),
                Arguments.of(
                        "adamw and cosine",
                        Jobs.of(MLP)
                                .optimizer("adamw", "learning_rate", 0.01, "weight_decay", 0.1)
                                .schedule("cosine", "warmup_steps", 5L),
                        corners),
                Arguments.of(
                        "on_plateau",
                        Jobs.of(MLP)
                                .optimizer("sgd", "learning_rate", 2.0)
                                .schedule("on_plateau", "patience", 1L, "factor", 0.3)
                                .epochs(6),
                        corners),
                Arguments.of(
                        "early stopping",
                        Jobs.of(MLP).epochs(12).earlyStopping(2, 0.02, "validation_accuracy"),
                        corners),
                Arguments.of("adversary", Jobs.of(MLP).adversarial("pgd", "epsilon", 0.1, "steps", 2L), corners),
                Arguments.of("cnn", Jobs.of(CNN), images));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("trainings")
    void endsWithTheSameBits(String name, Jobs job, MemoryData data) {
        try (PointerScope scope = new PointerScope()) {
            var whole = new Training(job.spec(), data);
            TrainingOutcome outcome = whole.run();
            long stepsPerEpoch = outcome.steps() / outcome.epochs();
            // In the middle of an epoch, at its end, and while its validation rows are measured: one question each step
            // and one
            // for the validation.
            for (long stopAt :
                    new long[] {1, stepsPerEpoch - 1, stepsPerEpoch, stepsPerEpoch + 1, stepsPerEpoch * 2 + 4}) {
                List<Training> parts = interrupted(job, data, stopAt);
                Training last = parts.getLast();
                assertThat(last.weights())
                        .as("stopped when asked for the %dth time", stopAt)
                        .usingRecursiveComparison()
                        .isEqualTo(whole.weights());
                for (String metric :
                        List.of("loss", "accuracy", "validation_loss", "validation_f1_macro", "learning_rate")) {
                    assertThat(last.last(metric)).as(metric).isEqualTo(whole.last(metric));
                }
                assertThat(parts.stream().flatMap(part -> part.epochs.stream()).map(TrainingProgress::epoch))
                        .containsExactlyElementsOf(whole.epochs.stream()
                                .map(TrainingProgress::epoch)
                                .toList());
            }
        }
    }

    /** A training that stops again and again, each time going on from the file that the one before left. */
    private List<Training> interrupted(Jobs job, MemoryData data, long stopAt) {
        List<Training> parts = new ArrayList<>();
        Path file = folder.resolve("state.bin");
        for (boolean ended = false; !ended; ) {
            Checkpoints keeper = (occasion, state) -> {
                if (occasion == Occasion.STOPPED) {
                    CheckpointFile.write(state.get(), file);
                }
            };
            // At most five parts: then to the end.
            long asked = parts.size() < 4 ? stopAt : Long.MAX_VALUE;
            var part = new Training(job.spec(), data, Optional.empty(), asked, keeper);
            if (!parts.isEmpty()) {
                part.trainer.resume(CheckpointFile.read(file));
            }
            parts.add(part);
            try {
                part.run();
                ended = true;
            } catch (TrainingStoppedException e) {
                assertThat(asked).isEqualTo(stopAt);
            }
        }
        return parts;
    }

    @Test
    void statesAreOfferedAfterSoManyStepsAndAtTheEndsOfEpochs() {
        try (PointerScope scope = new PointerScope()) {
            List<String> offers = new ArrayList<>();
            Checkpoints keeper = (occasion, state) -> offers.add(
                    occasion + " " + state.get().epoch() + " " + state.get().step());
            var training = new Training(
                    Jobs.of(MLP).epochs(2).batchSize(9).checkpointSteps(2).spec(),
                    Datasets.corners(80),
                    Optional.empty(),
                    Long.MAX_VALUE,
                    keeper);
            training.run();
            assertThat(offers)
                    .as("40 training rows are five steps")
                    .containsExactly("STEPS 0 2", "STEPS 0 4", "EPOCH 1 5", "STEPS 1 6", "STEPS 1 8", "EPOCH 2 10");
        }
    }

    @Test
    void refusesTheStateOfAnotherTraining() {
        try (PointerScope scope = new PointerScope()) {
            Map<String, Double> numbers = Map.of(
                    "plateau_best",
                    1.0,
                    "plateau_epochs",
                    0.0,
                    "plateau_rate",
                    0.1,
                    "epoch_loss",
                    0.0,
                    "epoch_measured",
                    0.0,
                    "epoch_rows",
                    0.0);
            refused(new TrainingState("other", 0, 0, numbers, Map.of()), "other spec or other data: other");
            refused(
                    new TrainingState("digest", 0, 7, numbers, Map.of()),
                    "step 7 of epoch 1 (expected: of 3, 6 steps each)");
            refused(new TrainingState("digest", 4, 24, numbers, Map.of()), "step 24 of epoch 5");
            refused(new TrainingState("digest", 0, 1, numbers, Map.of()), "nothing of `values` (expected: ");
        }
    }

    private static void refused(TrainingState state, String message) {
        var training = new Training(Jobs.of(MLP).spec(), Datasets.corners(90));
        assertThatThrownBy(() -> training.trainer.resume(state))
                .isInstanceOf(BadCheckpointException.class)
                .hasMessageContaining(message);
    }
}
