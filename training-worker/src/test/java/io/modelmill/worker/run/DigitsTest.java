package io.modelmill.worker.run;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.util.JsonFormat;
import io.modelmill.proto.training.v1.TrainingJob;
import io.modelmill.trainingspec.network.LayerProtoMapper;
import io.modelmill.worker.fixture.Layers;
import io.modelmill.worker.plan.DataPlan;
import io.modelmill.worker.plan.OptimizerPlan;
import io.modelmill.worker.plan.TrainingPlan;
import io.modelmill.worker.train.TrainingListener;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The main job: real handwritten digits, 8 by 8 pixels. */
class DigitsTest {
    static final Path DIGITS = Path.of("../examples/digits/digits.csv");

    @Test
    void learnsHandwrittenDigits() {
        List<Map<String, Double>> epochs = new ArrayList<>();
        TrainedModel model = new TrainingRun(plan(30), new TrainingListener() {
                    @Override
                    public void epochFinished(int epoch, Map<String, Double> metrics) {
                        epochs.add(metrics);
                    }

                    @Override
                    public boolean stopRequested() {
                        return false;
                    }
                })
                .execute(DIGITS);

        assertThat(model.metrics().get("test_accuracy")).isGreaterThanOrEqualTo(0.95);
        assertThat(model.metrics().get("export_max_abs_difference")).isLessThanOrEqualTo(1e-4);
        assertThat(model.classLabels()).containsExactly("0", "1", "2", "3", "4", "5", "6", "7", "8", "9");
        assertThat(model.heldOutRows()).hasSizeBetween(350, 368);
        assertThat(epochs).hasSize(30);
        assertThat(epochs.getLast().get("loss")).isLessThan(epochs.getFirst().get("loss"));
        assertThat(epochs.getLast().get("accuracy")).isGreaterThan(0.95);
    }

    /** The network of {@code examples/digits/job-cnn.json}. */
    @Test
    void learnsHandwrittenDigitsAsImages() throws Exception {
        TrainingJob.Builder job = TrainingJob.newBuilder();
        JsonFormat.parser().merge(Files.readString(Path.of("../examples/digits/job-cnn.json")), job);
        TrainingPlan plan = new TrainingPlan(
                new DataPlan("digit", List.of(), 0.2, "min_max"),
                LayerProtoMapper.layers(job.getSpec().getNetwork().getLayersList()),
                "cross_entropy",
                new OptimizerPlan("adam", job.getSpec().getOptimizer().getLearningRate(), 0, 0),
                job.getSpec().getEpochs(),
                job.getSpec().getBatchSize(),
                job.getSpec().getSeed());

        TrainedModel model = new TrainingRun(plan, new Unwatched()).execute(DIGITS);

        assertThat(model.metrics().get("test_accuracy")).isGreaterThanOrEqualTo(0.97);
        assertThat(model.metrics().get("export_max_abs_difference")).isLessThanOrEqualTo(1e-4);
    }

    private static final class Unwatched implements TrainingListener {
        @Override
        public void epochFinished(int epoch, Map<String, Double> metrics) {}

        @Override
        public boolean stopRequested() {
            return false;
        }
    }

    static TrainingPlan plan(int epochs) {
        return new TrainingPlan(
                new DataPlan("digit", List.of(), 0.2, "min_max"),
                List.of(Layers.dense(64, "relu"), Layers.dropout(0.1), Layers.dense(10)),
                "cross_entropy",
                new OptimizerPlan("adam", 0.003, 0, 0),
                epochs,
                32,
                42);
    }
}
