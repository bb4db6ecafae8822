package io.modelmill.worker.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import io.modelmill.worker.data.CsvFile;
import io.modelmill.worker.data.Rows;
import io.modelmill.worker.failure.JobFailedException;
import io.modelmill.worker.fixture.Layers;
import io.modelmill.worker.network.Activation;
import io.modelmill.worker.onnx.OnnxModel;
import io.modelmill.worker.plan.OptimizerPlan;
import io.modelmill.worker.plan.TrainingPlan;
import io.modelmill.worker.train.OptimizerType;
import io.modelmill.worker.train.TrainingListener;
import io.modelmill.worker.train.TrainingStoppedException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class TrainingRunTest {
    @TempDir
    Path folder;

    static Stream<Arguments> everyCombination() {
        return Arrays.stream(Activation.values())
                .flatMap(activation -> Arrays.stream(OptimizerType.values())
                        .flatMap(optimizer -> Stream.of("none", "min_max", "z_score")
                                .map(normalization -> Arguments.of(activation, optimizer, normalization))));
    }

    /** The model answers from the file's own numbers what the trainer measured. */
    @ParameterizedTest
    @MethodSource("everyCombination")
    void exportEqualsTrainer(Activation activation, OptimizerType optimizer, String normalization) throws Exception {
        Path csv = Plans.flowers(folder);
        TrainingPlan plan = Plans.classifier(
                normalization,
                new OptimizerPlan(optimizer.planName(), 0.001, optimizer == OptimizerType.SGD ? 0.9 : 0, 1e-4),
                3,
                Layers.dense(16, activation.planName()),
                Layers.dropout(0.2),
                Layers.dense(8),
                Layers.activation("tanh"),
                Layers.dense(3));
        TrainedModel model = new TrainingRun(plan, Plans.SILENT).execute(csv);

        assertThat(model.metrics().get("export_max_abs_difference")).isLessThanOrEqualTo(1e-4);
        assertThat(accuracy(model, new CsvFile(csv).read(plan.data())))
                .isEqualTo(model.metrics().get("test_accuracy"));
    }

    @Test
    void sameSeedGivesTheSameBytes() throws Exception {
        Path csv = Plans.flowers(folder);
        TrainingPlan plan = dropoutPlan(5, 7);
        TrainedModel first = new TrainingRun(plan, Plans.SILENT).execute(csv);
        TrainedModel second = new TrainingRun(plan, Plans.SILENT).execute(csv);
        TrainedModel other = new TrainingRun(dropoutPlan(5, 8), Plans.SILENT).execute(csv);
        assertThat(second.onnx()).isEqualTo(first.onnx());
        assertThat(second.heldOutRows()).isEqualTo(first.heldOutRows());
        assertThat(second.metrics()).isEqualTo(first.metrics());
        assertThat(other.onnx()).isNotEqualTo(first.onnx());
        assertThat(other.heldOutRows()).isNotEqualTo(first.heldOutRows());
    }

    @Test
    void dropoutIsNotInTheExport() throws Exception {
        TrainedModel model = new TrainingRun(dropoutPlan(2, 7), Plans.SILENT).execute(Plans.flowers(folder));
        assertThat(ModelProto.parseFrom(model.onnx()).getGraph().getNodeList())
                .extracting(NodeProto::getOpType)
                .containsExactly("Sub", "Mul", "Gemm", "Relu", "Gemm", "Softmax", "Identity");
    }

    @Test
    void namesInputsAndOutputsAndLeavesTheBatchOpen() throws Exception {
        var graph = ModelProto.parseFrom(new TrainingRun(dropoutPlan(1, 7), Plans.SILENT)
                        .execute(Plans.flowers(folder))
                        .onnx())
                .getGraph();
        assertThat(graph.getInput(0).getName()).isEqualTo("features");
        assertThat(graph.getInput(0)
                        .getType()
                        .getTensorType()
                        .getShape()
                        .getDim(0)
                        .getDimParam())
                .isEqualTo("batch");
        assertThat(graph.getInput(0)
                        .getType()
                        .getTensorType()
                        .getShape()
                        .getDim(1)
                        .getDimValue())
                .isEqualTo(4);
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
        TrainedModel model = new TrainingRun(
                        Plans.regressor(Plans.ADAM, 80, Layers.dense(16, "relu"), Layers.dense(1)), Plans.SILENT)
                .execute(Plans.doubles(folder));
        assertThat(model.metrics())
                .containsOnlyKeys(
                        "test_mean_squared_error", "test_mean_absolute_error", "test_r2", "export_max_abs_difference");
        assertThat(model.metrics().get("test_r2")).isGreaterThan(0.99);
        assertThat(model.classLabels()).isEmpty();
        try (OnnxModel session = OnnxModel.load(model.onnx())) {
            assertThat(session.predict(new float[] {1.5f}, 1, 1)[0]).isBetween(2.7f, 3.3f);
        }
        assertThat(ModelProto.parseFrom(model.onnx()).getGraph().getOutput(0).getName())
                .isEqualTo("prediction");
    }

    @Test
    void failsClearlyWhenTheLossDiverges() throws Exception {
        TrainingPlan plan = Plans.regressor(new OptimizerPlan("sgd", 1e20, 0, 0), 5, Layers.dense(8), Layers.dense(1));
        Path csv = Plans.doubles(folder);
        assertThatThrownBy(() -> new TrainingRun(plan, Plans.SILENT).execute(csv))
                .isInstanceOf(JobFailedException.class)
                .hasMessageMatching(
                        "the loss became (NaN|Infinity) in epoch 1 of 5: .*lower learning_rate \\(now 1.0E20\\).*");
    }

    @Test
    void stopsBeforeTheNextBatch() throws Exception {
        var epochs = new java.util.ArrayList<Integer>();
        TrainingListener listener = new TrainingListener() {
            @Override
            public void epochFinished(int epoch, Map<String, Double> metrics) {
                epochs.add(epoch);
            }

            @Override
            public boolean stopRequested() {
                return epochs.size() == 3;
            }
        };
        Path csv = Plans.flowers(folder);
        assertThatThrownBy(() -> new TrainingRun(dropoutPlan(10, 7), listener).execute(csv))
                .isInstanceOf(TrainingStoppedException.class);
        assertThat(epochs).containsExactly(1, 2, 3);
    }

    @Test
    void writesHeldOutRowsAsJson() {
        var model = new TrainedModel(new byte[0], new int[] {1, 5, 9}, new byte[0], List.of(), Map.of());
        assertThat(new String(model.heldOutRowsJson(), StandardCharsets.UTF_8)).isEqualTo("[1, 5, 9]");
    }

    private static TrainingPlan dropoutPlan(int epochs, long seed) {
        TrainingPlan plan = Plans.classifier(
                "min_max", Plans.ADAM, epochs, Layers.dense(16, "relu"), Layers.dropout(0.5), Layers.dense(3));
        return new TrainingPlan(plan.data(), plan.layers(), plan.loss(), plan.optimizer(), epochs, 16, seed);
    }

    /** Share of the held-out rows that the exported model gets right, from the numbers of the file. */
    private static double accuracy(TrainedModel model, Rows rows) {
        int right = 0;
        try (OnnxModel session = OnnxModel.load(model.onnx())) {
            for (int row : model.heldOutRows()) {
                float[] probabilities = session.predict(rows.select(new int[] {row}), 1, rows.width());
                int best = 0;
                for (int i = 1; i < probabilities.length; i++) {
                    best = probabilities[i] > probabilities[best] ? i : best;
                }
                right += model.classLabels().get(best).equals(rows.labels().get(row)) ? 1 : 0;
            }
        }
        return (double) right / model.heldOutRows().length;
    }
}
