package io.modelmill.worker.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import io.modelmill.trainingspec.optimization.Optimizers;
import io.modelmill.trainingspec.setting.Entry;
import io.modelmill.worker.checkpoint.CheckpointFile;
import io.modelmill.worker.checkpoint.Checkpoints;
import io.modelmill.worker.checkpoint.Occasion;
import io.modelmill.worker.failure.JobFailedException;
import io.modelmill.worker.fixture.DataSpecs;
import io.modelmill.worker.fixture.Jobs;
import io.modelmill.worker.fixture.Layers;
import io.modelmill.worker.network.Activation;
import io.modelmill.worker.onnx.OnnxModel;
import io.modelmill.worker.train.TrainingProgress;
import io.modelmill.worker.train.TrainingStoppedException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class TrainingRunTest {
    private static final String TEACHER = "tenants/acme/models/teacher/versions/1";

    @TempDir
    Path folder;

    /** Each activation, optimiser and normalisation at least once. */
    static Stream<Arguments> combinations() {
        List<String> optimizers =
                Optimizers.CATALOGUE.entries().stream().map(Entry::name).toList();
        List<String> normalizations = List.of("none", "min_max", "z_score", "scale_255");
        Activation[] activations = Activation.values();
        return Stream.iterate(0, i -> i + 1)
                .limit(activations.length)
                .map(i -> Arguments.of(
                        activations[i].planName(),
                        optimizers.get(i % optimizers.size()),
                        normalizations.get(i % normalizations.size())));
    }

    /** The model answers from the file's own numbers what the trainer measured. */
    @ParameterizedTest
    @MethodSource("combinations")
    void exportEqualsTrainer(String activation, String optimizer, String normalization) throws Exception {
        Path csv = Tables.flowers(folder);
        Jobs job = Jobs.of(
                        Layers.dense(16, activation),
                        Layers.dropout(0.2),
                        Layers.dense(8),
                        Layers.activation("tanh"),
                        Layers.layer("dense"))
                .data(Tables.KIND.normalization(normalization))
                .optimizer(optimizer, "learning_rate", 0.001, "weight_decay", 1e-4);
        TrainedModel model = Tables.train(job.spec(), csv);

        assertThat(model.metrics().get("export_max_abs_difference")).isLessThanOrEqualTo(1e-4);
        assertThat(accuracy(model, Files.readAllLines(csv)))
                .isEqualTo(model.metrics().get("test_accuracy"));
    }

    @Test
    void sameSeedGivesTheSameBytes() throws Exception {
        Path csv = Tables.flowers(folder);
        TrainedModel first = Tables.train(dropout(5, 7).spec(), csv);
        TrainedModel second = Tables.train(dropout(5, 7).spec(), csv);
        TrainedModel other = Tables.train(dropout(5, 8).spec(), csv);
        assertThat(second.onnx()).isEqualTo(first.onnx());
        assertThat(second.files().get("held-out-rows.json"))
                .isEqualTo(first.files().get("held-out-rows.json"));
        assertThat(second.metrics()).isEqualTo(first.metrics());
        assertThat(other.onnx()).isNotEqualTo(first.onnx());
        assertThat(other.files().get("held-out-rows.json"))
                .isNotEqualTo(first.files().get("held-out-rows.json"));
    }

    @Test
    void dropoutIsNotInTheExport() throws Exception {
        TrainedModel model = Tables.train(dropout(2, 7).spec(), Tables.flowers(folder));
        assertThat(ModelProto.parseFrom(model.onnx()).getGraph().getNodeList())
                .extracting(NodeProto::getOpType)
                .containsSubsequence("Gemm", "Relu", "Gemm", "Softmax", "Identity")
                .doesNotContain("Dropout");
    }

    @Test
    void namesInputsAndOutputsAndLeavesTheBatchOpen() throws Exception {
        var graph = ModelProto.parseFrom(Tables.train(dropout(1, 7).spec(), Tables.flowers(folder))
                        .onnx())
                .getGraph();
        assertThat(graph.getInput(0).getName()).isEqualTo("features");
        var shape = graph.getInput(0).getType().getTensorType().getShape();
        assertThat(shape.getDim(0).getDimParam()).isEqualTo("batch");
        assertThat(shape.getDim(1).getDimValue()).isEqualTo(4);
        assertThat(graph.getOutput(0).getName()).isEqualTo("probabilities");
        assertThat(graph.getOutput(0)
                        .getType()
                        .getTensorType()
                        .getShape()
                        .getDim(1)
                        .getDimValue())
                .isEqualTo(3);
    }

    @Test
    void learnsToDouble() throws Exception {
        var watch = new Tables.Watch();
        TrainedModel model = Tables.train(
                Jobs.of(Layers.dense(16, "relu"), Layers.dense(1))
                        .task("regression")
                        .data(DataSpecs.label("y").split("random", 0.1, ""))
                        .loss("huber")
                        .epochs(80)
                        .batchSize(16)
                        .spec(),
                Tables.doubles(folder),
                watch,
                Origin.fresh());
        assertThat(model.metrics())
                .containsOnlyKeys(
                        "test_loss",
                        "test_mean_squared_error",
                        "test_mean_absolute_error",
                        "test_root_mean_squared_error",
                        "test_max_error",
                        "test_r2",
                        "baseline_mean_squared_error",
                        "baseline_root_mean_squared_error",
                        "baseline_max_error",
                        "baseline_r2",
                        "export_max_abs_difference");
        assertThat(model.metrics().get("test_r2")).isGreaterThan(0.99);
        assertThat(watch.epochs.getLast().metrics())
                .containsKeys("loss", "mean_absolute_error", "validation_loss", "validation_r2", "learning_rate");
        assertThat(model.classLabels()).isEmpty();
        try (OnnxModel session = OnnxModel.load(model.onnx())) {
            assertThat(session.predict(new float[] {1.5f}, 1, 1)[0]).isBetween(2.7f, 3.3f);
        }
        assertThat(ModelProto.parseFrom(model.onnx()).getGraph().getOutput(0).getName())
                .isEqualTo("prediction");
    }

    @Test
    void failsClearlyWhenTheLossDiverges() throws Exception {
        Jobs job = Jobs.of(Layers.dense(8), Layers.dense(1))
                .task("regression")
                .data(DataSpecs.label("y"))
                .loss("mean_squared_error")
                .optimizer("sgd", "learning_rate", 1e20)
                .epochs(5);
        Path csv = Tables.doubles(folder);
        assertThatThrownBy(() -> Tables.train(job.spec(), csv))
                .isInstanceOf(JobFailedException.class)
                .hasMessageMatching(
                        "the loss became (NaN|Infinity) in epoch 1 of 5, step \\d+, at learning rate 1.0E20:.*"
                                + "lower learning_rate.*normalization \\(now none\\)");
    }

    @Test
    void stopsBeforeTheNextStep() throws Exception {
        var watch = new Tables.Watch(3);
        Path csv = Tables.flowers(folder);
        assertThatThrownBy(() -> Tables.train(dropout(10, 7).spec(), csv, watch, Origin.fresh()))
                .isInstanceOf(TrainingStoppedException.class);
        assertThat(watch.epochs).extracting(TrainingProgress::epoch).containsExactly(1, 2, 3);
        assertThat(watch.epochs.getLast().step())
                .isEqualTo(watch.epochs.getLast().steps() * 3 / 10);
    }

    @Test
    void measuresTheTrainingRowsWhereNoneAreHeldOut() throws Exception {
        TrainedModel model = Tables.train(
                dropout(2, 7).data(DataSpecs.label("kind").split("none", 0, "")).spec(), Tables.flowers(folder));
        assertThat(model.metrics()).containsKeys("train_accuracy", "train_loss").doesNotContainKey("test_accuracy");
        assertThat(card(model)).contains("Of 150 rows that it trained on");
    }

    @Test
    void writesWhatItMeasuredAndACard() throws Exception {
        TrainedModel model = Tables.train(dropout(20, 7).spec(), Tables.flowers(folder));
        assertThat(model.files())
                .containsOnlyKeys(
                        "model.onnx",
                        "held-out-rows.json",
                        "samples.json",
                        "evaluation.json",
                        "model-card.json",
                        "model-card.md");
        assertThat(text(model, "evaluation.json"))
                .contains("\"confusion_matrix\": [", "\"label\": \"tulip\"", "\"test_f1_macro\"");
        assertThat(text(model, "model-card.json"))
                .contains("\"parameters\": 131", "\"model\": \"tenants/acme/models/example\"", "\"energy_joules\"");
        assertThat(card(model))
                .contains(
                        "| parameters | 131 |",
                        "| test_accuracy | ",
                        "| rows | 150 |",
                        "| optimizer | adam {learning\\_rate=0.01} |",
                        "rows that were held out",
                        "the commonest class");
        assertThat(model.metrics().get("test_accuracy"))
                .isGreaterThan(model.metrics().get("baseline_accuracy"));
        assertThat(model.metrics().keySet()).allMatch(name -> name.matches("[a-z][a-z0-9_]{0,62}"));
    }

    @Test
    void goesOnFromACheckpointToTheSameBytes() throws Exception {
        Path csv = Tables.flowers(folder);
        TrainedModel whole = Tables.train(dropout(6, 7).spec(), csv);
        Path state = stopped(csv);
        var watch = new Tables.Watch();
        TrainedModel resumed =
                Tables.train(dropout(6, 7).spec(), csv, watch, origin(Optional.of(state), Checkpoints.NONE));
        assertThat(watch.epochs).extracting(TrainingProgress::epoch).containsExactly(3, 4, 5, 6);
        assertThat(resumed.onnx()).isEqualTo(whole.onnx());
        assertThat(resumed.metrics()).isEqualTo(whole.metrics());
    }

    @Test
    void beginsAnewWhereACheckpointIsOfNoUse() throws Exception {
        Path csv = Tables.flowers(folder);
        TrainedModel whole = Tables.train(dropout(3, 7).spec(), csv);
        Path damaged = Files.writeString(folder.resolve("damaged"), "x".repeat(4000));
        for (Path useless : List.of(damaged, stopped(csv))) {
            Jobs job = useless.equals(damaged) ? dropout(3, 7) : dropout(3, 7).batchSize(17);
            var watch = new Tables.Watch();
            TrainedModel model = Tables.train(job.spec(), csv, watch, origin(Optional.of(useless), Checkpoints.NONE));
            assertThat(watch.epochs).extracting(TrainingProgress::epoch).containsExactly(1, 2, 3);
            assertThat(Arrays.equals(model.onnx(), whole.onnx())).isEqualTo(useless.equals(damaged));
        }
    }

    @Test
    void refusesToBeginAnewWhereAnotherJobIsToBeResumed() throws Exception {
        Path csv = Tables.flowers(folder);
        Path state = stopped(csv);
        Jobs job = dropout(6, 7).batchSize(17).resumeFrom("tenants/acme/trainingJobs/before");
        assertThatThrownBy(() ->
                        Tables.train(job.spec(), csv, new Tables.Watch(), origin(Optional.of(state), Checkpoints.NONE)))
                .isInstanceOf(JobFailedException.class)
                .hasMessageStartingWith(
                        "resume_from: \"tenants/acme/trainingJobs/before\" left no state that this job can go on from"
                                + " (expected: the same spec and data): the checkpoint is of another spec or other data");
    }

    @Test
    void learnsFromATeacher() throws Exception {
        Path csv = Tables.flowers(folder);
        TrainedModel teacher = Tables.train(dropout(30, 7).spec(), csv);
        Jobs job = Jobs.of(Layers.layer("dense"))
                .data(Tables.KIND.normalization("min_max"))
                .distillation(2, 1)
                .epochs(30);
        TrainedModel learned =
                Tables.train(job.spec(), csv, new Tables.Watch(), taught(teacher, teacher.classLabels()));
        assertThat(learned.metrics().get("test_accuracy")).isGreaterThan(0.9);
        assertThatThrownBy(() -> Tables.train(
                        job.spec(), csv, new Tables.Watch(), taught(teacher, List.of("iris", "tulip", "rose"))))
                .isInstanceOf(JobFailedException.class)
                .hasMessage("distillation.teacher_version: \"" + TEACHER
                        + "\" has the classes [iris, tulip, rose] (expected: [iris, rose, tulip], the data's)");
        Jobs narrow = Jobs.of(Layers.layer("dense"))
                .data(DataSpecs.label("kind").features("length"))
                .distillation(2, 1);
        assertThatThrownBy(() ->
                        Tables.train(narrow.spec(), csv, new Tables.Watch(), taught(teacher, teacher.classLabels())))
                .isInstanceOf(JobFailedException.class)
                .hasMessageStartingWith("distillation.teacher_version: \"" + TEACHER
                        + "\" does not take the rows of this job (expected: a model of the same inputs): ");
    }

    private static Origin taught(TrainedModel teacher, List<String> labels) {
        return new Origin(
                List.of(),
                Optional.of(new TeacherGraph(TEACHER, teacher.onnx(), labels)),
                Optional.empty(),
                Checkpoints.NONE);
    }

    /** The state of a training of six epochs that stopped behind the second. */
    private Path stopped(Path csv) {
        Path file = folder.resolve("state.bin");
        Checkpoints keeper = (occasion, state) -> {
            if (occasion == Occasion.STOPPED) {
                CheckpointFile.write(state.get(), file);
            }
        };
        assertThatThrownBy(() ->
                        Tables.train(dropout(6, 7).spec(), csv, new Tables.Watch(2), origin(Optional.empty(), keeper)))
                .isInstanceOf(TrainingStoppedException.class);
        return file;
    }

    private static Origin origin(Optional<Path> checkpoint, Checkpoints keeper) {
        return new Origin(List.of("sha"), Optional.empty(), checkpoint, keeper);
    }

    private static Jobs dropout(int epochs, long seed) {
        return Jobs.of(Layers.dense(16, "relu"), Layers.dropout(0.5), Layers.dense(3))
                .data(Tables.KIND.normalization("min_max"))
                .epochs(epochs)
                .batchSize(16)
                .seed(seed);
    }

    private static String card(TrainedModel model) {
        return text(model, "model-card.md");
    }

    private static String text(TrainedModel model, String file) {
        return new String(Objects.requireNonNull(model.files().get(file)), StandardCharsets.UTF_8);
    }

    /** Share of the held-out rows that the exported model gets right, from the numbers of the file. */
    private static double accuracy(TrainedModel model, List<String> lines) {
        int[] heldOut = Arrays.stream(text(model, "held-out-rows.json")
                        .replaceAll("[\\[\\] ]", "")
                        .split(","))
                .mapToInt(Integer::parseInt)
                .toArray();
        int right = 0;
        try (OnnxModel session = OnnxModel.load(model.onnx())) {
            for (int row : heldOut) {
                String[] cells = lines.get(row + 1).split(",");
                float[] features = new float[4];
                for (int i = 0; i < 4; i++) {
                    features[i] = Float.parseFloat(cells[i]);
                }
                float[] probabilities = session.predict(features, 1, 4);
                int best = 0;
                for (int i = 1; i < probabilities.length; i++) {
                    best = probabilities[i] > probabilities[best] ? i : best;
                }
                right += model.classLabels().get(best).equals(cells[4]) ? 1 : 0;
            }
        }
        return (double) right / heldOut.length;
    }
}
