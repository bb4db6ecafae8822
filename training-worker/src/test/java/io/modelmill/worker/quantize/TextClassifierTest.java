package io.modelmill.worker.quantize;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelmill.trainingspec.job.DataSpec;
import io.modelmill.trainingspec.job.Task;
import io.modelmill.trainingspec.job.TrainingSpec;
import io.modelmill.worker.data.DataPreparation;
import io.modelmill.worker.data.RowSource;
import io.modelmill.worker.fixture.DataSpecs;
import io.modelmill.worker.fixture.Jobs;
import io.modelmill.worker.fixture.Layers;
import io.modelmill.worker.fixture.ListedRows;
import io.modelmill.worker.rows.TrainingData;
import io.modelmill.worker.run.Origin;
import io.modelmill.worker.run.TrainedModel;
import io.modelmill.worker.run.TrainingRun;
import io.modelmill.worker.train.TrainingListener;
import io.modelmill.worker.train.TrainingProgress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;

/** A Transformer that tells texts apart is trained and quantised, as two jobs do it. */
class TextClassifierTest {
    private static final String DATASET = "tenants/acme/datasets/rows/versions/1";
    private static final String[] NOUNS = {"river", "stone", "cloud", "garden", "winter", "letter", "window", "music"};

    @TempDir
    Path folder;

    @Test
    void keepsWhatItLearned(TestReporter reporter) {
        DataSpecs data = DataSpecs.label("kind")
                .split("stratified", 0.1, "")
                .text(new DataSpec.Text("text", "character", 60, 40, true, 0));
        TrainingSpec training = Jobs.of(
                        Layers.layer("embedding", "units", 48L),
                        Layers.layer("positional_encoding", "max_length", 64L),
                        Layers.layer("transformer_encoder", "heads", 4L, "units", 96L),
                        Layers.layer("global_average_pool"),
                        Layers.dense(2))
                .data(data)
                .epochs(6)
                .batchSize(32)
                .optimizer("adam", "learning_rate", 0.003)
                .spec();
        TrainedModel parent;
        try (TrainingData rows =
                DataPreparation.prepare(Task.CLASSIFICATION, training.data(), 7, source(), folder("training"))) {
            parent = new TrainingRun(training, new Unwatched(), Origin.fresh()).execute(rows);
        }
        assertThat(parent.metrics()).containsKey("test_accuracy").doesNotContainEntry("test_accuracy", 0.5);
        assertThat(text(parent, "serving.json"))
                .contains("\"pooling\": \"NONE\"", "\"output\": \"probabilities\"", "\"maxTokens\": 40");

        TrainedModel child = quantized(parent, data);
        reporter.publishEntry("metrics", child.metrics().toString());
        assertThat(child.rejection()).isEmpty();
        assertThat(child.metrics())
                .containsEntry("parent_test_accuracy", parent.metrics().get("test_accuracy"))
                .containsEntry("quantized_products", 4.0)
                .containsEntry("quantized_tables", 1.0);
        assertThat((double) child.onnx().length / parent.onnx().length).isLessThan(0.5);
        for (String carried : new String[] {"tokenizer.json", "serving.json", "held-out-rows.json"}) {
            assertThat(child.files().get(carried))
                    .as(carried)
                    .isEqualTo(parent.files().get(carried));
        }
    }

    private TrainedModel quantized(TrainedModel parent, DataSpecs data) {
        Map<String, byte[]> files = new HashMap<>(parent.files());
        files.remove(TrainedModel.GRAPH);
        var version = new Parent(
                "tenants/acme/models/example/versions/1", DATASET, parent.onnx(), files, parent.classLabels());
        // Neither the seed nor the split of the parent's job: its rows are held out all the same.
        TrainingSpec spec = Jobs.of()
                .task("quantization")
                .quantization(0.02)
                .data(data.split("random", 0, ""))
                .seed(99)
                .spec();
        try (TrainingData rows = DataPreparation.prepare(
                QuantizationRun.rowsOf(spec, version.classLabels()),
                spec.data(),
                spec.seed(),
                source(),
                version.inherited(spec.datasetVersion()),
                folder("quantization"))) {
            return new QuantizationRun(spec, version, () -> {}).execute(rows);
        }
    }

    /** Sentences with and without a doubled letter in their noun, one in twenty told wrongly. */
    private static RowSource source() {
        var random = new Random(5);
        String[] lines = IntStream.range(-1, 600)
                .mapToObj(row -> {
                    if (row < 0) {
                        return "text,kind";
                    }
                    String noun = NOUNS[random.nextInt(NOUNS.length)];
                    boolean doubled = random.nextBoolean();
                    boolean told = doubled ^ random.nextInt(20) == 0;
                    return "the %s%s of %d,%s"
                            .formatted(noun, doubled ? "zz" : "", random.nextInt(100), told ? "doubled" : "plain");
                })
                .toArray(String[]::new);
        return new RowSource(() -> ListedRows.table(lines), Set.of("text"));
    }

    private Path folder(String name) {
        Path made = folder.resolve(name);
        assertThat(made.toFile().mkdirs()).isTrue();
        return made;
    }

    private static String text(TrainedModel model, String path) {
        return new String(Objects.requireNonNull(model.files().get(path)), StandardCharsets.UTF_8);
    }

    private static final class Unwatched implements TrainingListener {
        @Override
        public void progressed(TrainingProgress progress) {}

        @Override
        public void epochFinished(TrainingProgress progress) {}

        @Override
        public boolean stopRequested() {
            return false;
        }
    }
}
