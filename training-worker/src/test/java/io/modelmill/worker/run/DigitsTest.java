package io.modelmill.worker.run;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.util.JsonFormat;
import io.modelmill.proto.training.v1.TrainingJob;
import io.modelmill.trainingspec.job.TrainingSpec;
import io.modelmill.trainingspec.job.TrainingSpecProtoMapper;
import io.modelmill.worker.fixture.DataSpecs;
import io.modelmill.worker.fixture.Jobs;
import io.modelmill.worker.fixture.Layers;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The main job: real handwritten digits, 8 by 8 pixels. */
class DigitsTest {
    @TempDir
    Path folder;

    @Test
    void learnsHandwrittenDigits() throws Exception {
        TrainingSpec spec = Jobs.of(Layers.dense(64, "relu"), Layers.dropout(0.1), Layers.dense(10))
                .data(DataSpecs.label("digit").normalization("min_max").split("stratified", 0.1, ""))
                .optimizer("adam", "learning_rate", 0.003)
                .epochs(30)
                .batchSize(32)
                .seed(42)
                .spec();
        var watch = new Tables.Watch();
        TrainedModel model = Tables.train(spec, digits(), watch, Origin.fresh());

        assertThat(model.metrics().get("test_accuracy")).isGreaterThanOrEqualTo(0.95);
        assertThat(model.metrics().get("test_top_5_accuracy")).isGreaterThan(0.99);
        assertThat(model.metrics().get("test_roc_auc")).isBetween(0.99, 1.0);
        assertThat(model.metrics().get("baseline_accuracy")).isLessThan(0.12);
        assertThat(model.metrics().get("export_max_abs_difference")).isLessThanOrEqualTo(1e-4);
        assertThat(model.classLabels()).containsExactly("0", "1", "2", "3", "4", "5", "6", "7", "8", "9");
        assertThat(watch.epochs).hasSize(30);
        assertThat(watch.epochs.getLast().metrics().get("loss"))
                .isLessThan(watch.epochs.getFirst().metrics().get("loss"));
        assertThat(watch.epochs.getLast().metrics().get("validation_accuracy")).isGreaterThan(0.9);
    }

    /** The network of {@code examples/digits/job-cnn.json}. */
    @Test
    void learnsHandwrittenDigitsAsImages() throws Exception {
        TrainingJob.Builder job = TrainingJob.newBuilder();
        JsonFormat.parser().merge(Files.readString(Path.of("../examples/digits/job-cnn.json")), job);

        TrainedModel model = Tables.train(TrainingSpecProtoMapper.spec(job.getSpec()), digits());

        assertThat(model.metrics().get("test_accuracy")).isGreaterThanOrEqualTo(0.97);
        assertThat(model.metrics().get("export_max_abs_difference")).isLessThanOrEqualTo(1e-4);
    }

    private Path digits() throws Exception {
        return Files.copy(Path.of("../examples/digits/digits.csv"), folder.resolve("digits.csv"));
    }
}
