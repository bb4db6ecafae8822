package io.modelmill.worker.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelmill.dataset.DatasetColumn;
import io.modelmill.dataset.DatasetColumn.Type;
import io.modelmill.trainingspec.job.DataSpec;
import io.modelmill.trainingspec.job.TrainingSpec;
import io.modelmill.worker.data.DataPreparation;
import io.modelmill.worker.data.RowSource;
import io.modelmill.worker.fixture.DataSpecs;
import io.modelmill.worker.fixture.Jobs;
import io.modelmill.worker.fixture.Layers;
import io.modelmill.worker.fixture.ListedRows;
import io.modelmill.worker.rows.TrainingData;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rows of each kind, prepared as a job's are, are learned, exported and compared with the trainer as callers send them. */
class KindsOfRowsTest {
    private static final List<String> VOWELS = List.of("a", "e", "i", "o", "u");

    @TempDir
    Path folder;

    /** Words that end in a vowel or do not, of several lengths, through recurrent layers and through attention. */
    @Test
    void classifiesTexts() {
        for (boolean attends : new boolean[] {false, true}) {
            Jobs job = attends
                    ? Jobs.of(
                            Layers.layer("embedding", "units", 16L),
                            Layers.layer("positional_encoding", "max_length", 16L),
                            Layers.layer("transformer_encoder", "heads", 2L, "units", 32L, "rate", 0.1),
                            Layers.layer("global_average_pool"),
                            Layers.layer("dense"))
                    : Jobs.of(
                            Layers.layer("embedding", "units", 16L),
                            Layers.layer("lstm", "units", 16L, "bidirectional", true),
                            Layers.layer("dense"));
            TrainedModel model = train(
                    job.data(DataSpecs.label("soft")
                                    .split("stratified", 0.1, "")
                                    .text(text("character", 12)))
                            .epochs(12)
                            .batchSize(16)
                            .spec(),
                    ListedRows.table(words(400)));
            assertThat(model.metrics().get("test_accuracy")).isGreaterThan(0.8);
            assertThat(model.metrics().get("export_max_abs_difference")).isLessThan(1e-4);
            assertThat(model.files()).containsKeys("tokenizer.json", "serving.json", "samples.json", "model-card.md");
            assertThat(new String(Objects.requireNonNull(model.files().get("serving.json")), StandardCharsets.UTF_8))
                    .contains("\"output\": \"probabilities\"", "\"maxTokens\": 12", "\"pooling\": \"NONE\"");
        }
    }

    @Test
    void modelsLanguage() {
        TrainedModel model = train(
                Jobs.of(
                                Layers.layer("embedding", "units", 16L),
                                Layers.layer("positional_encoding", "max_length", 16L),
                                Layers.layer("transformer_encoder", "heads", 2L, "units", 32L, "causal", true),
                                Layers.layer("dense"))
                        .task("language_modelling")
                        .data(DataSpecs.label("").split("time", 0.1, "").text(text("character", 16)))
                        .epochs(15)
                        .spec(),
                lines(120));
        assertThat(model.metrics().get("test_perplexity")).isLessThan(0.5 * value(model, "baseline_perplexity"));
        assertThat(model.metrics()).containsKeys("test_accuracy", "test_top_5_accuracy", "test_loss");
        assertThat(model.files()).containsKey("tokenizer.json").doesNotContainKey("serving.json");
        assertThat(model.classLabels()).isEmpty();
    }

    @Test
    void makesVectorsOfWords() {
        TrainedModel model = train(
                Jobs.of(Layers.layer("embedding", "units", 8L), Layers.layer("flatten"), Layers.layer("dense"))
                        .task("word_embedding")
                        .data(DataSpecs.label("").split("random", 0.1, "").text(text("word", 16)))
                        .epochs(6)
                        .spec(),
                lines(120));
        assertThat(model.metrics().get("test_perplexity")).isLessThan(value(model, "baseline_perplexity"));
        assertThat(new String(Objects.requireNonNull(model.files().get("samples.json")), StandardCharsets.UTF_8))
                .contains("\"name\": \"input_ids\"", "\"name\": \"embedding\"");
    }

    /** Images of bytes: bright above or below; as a classifier of two classes from one logit, and as an autoencoder. */
    @Test
    void learnsImages() {
        DataSpecs scaled = DataSpecs.label("place").normalization("scale_255").split("random", 0.1, "");
        TrainedModel classifier = train(
                Jobs.of(
                                Layers.layer("conv2d", "filters", 4L, "kernel_size", List.of(3L)),
                                Layers.layer("batch_norm"),
                                Layers.activation("relu"),
                                Layers.layer("flatten"),
                                Layers.layer("dense"))
                        .loss("binary_cross_entropy")
                        .data(scaled)
                        .epochs(5)
                        .spec(),
                images(200));
        assertThat(classifier.metrics().get("test_accuracy")).isGreaterThan(0.95);
        assertThat(classifier.metrics().get("test_roc_auc")).isGreaterThan(0.99);
        assertThat(classifier.classLabels()).containsExactly("above", "below");
        TrainedModel itself = train(
                Jobs.of(
                                Layers.layer("flatten"),
                                Layers.dense(8, "relu"),
                                Layers.layer("dense"),
                                Layers.layer("reshape", "shape", List.of(1L, 6L, 6L)))
                        .task("autoencoding")
                        .loss("binary_cross_entropy")
                        .data(DataSpecs.label("")
                                .features("image")
                                .normalization("scale_255")
                                .split("random", 0.1, ""))
                        .epochs(30)
                        .spec(),
                images(200));
        assertThat(itself.metrics().get("test_mean_squared_error"))
                .isLessThan(0.7 * value(itself, "baseline_mean_squared_error"));
        assertThat(itself.metrics().get("export_max_abs_difference")).isLessThan(1e-4);
    }

    private TrainedModel train(TrainingSpec spec, ListedRows rows) {
        var source = new RowSource(() -> rows, Set.of());
        try (TrainingData data = DataPreparation.prepare(spec, source, folder)) {
            return new TrainingRun(spec, new Tables.Watch(), Origin.fresh()).execute(data);
        }
    }

    private static double value(TrainedModel model, String metric) {
        return Objects.requireNonNull(model.metrics().get(metric));
    }

    private static DataSpec.Text text(String tokens, int maxLength) {
        return new DataSpec.Text("text", tokens, 100, maxLength, false, 2);
    }

    private static String[] words(int count) {
        var random = new Random(3);
        List<String> lines = new ArrayList<>(List.of("text,soft"));
        for (int i = 0; i < count; i++) {
            var word = new StringBuilder();
            for (int length = 2 + random.nextInt(8); length > 0; length--) {
                word.append((char) ('a' + random.nextInt(26)));
            }
            boolean soft = random.nextBoolean();
            word.append(soft ? VOWELS.get(random.nextInt(5)) : "bcdfg".charAt(random.nextInt(5)));
            lines.add(word + "," + (soft ? "yes" : "no"));
        }
        return lines.toArray(String[]::new);
    }

    /** Sentences of a small grammar. */
    private static ListedRows lines(int count) {
        var random = new Random(3);
        List<List<Object>> rows = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String subject = List.of("cat", "dog", "bird").get(random.nextInt(3));
            String verb = List.of("eats", "sees").get(random.nextInt(2));
            String object = List.of("fish", "grass").get(random.nextInt(2));
            rows.add(List.of("the %s %s the %s".formatted(subject, verb, object)));
        }
        return new ListedRows(List.of(new DatasetColumn("text", Type.CELL, List.of())), rows, List.of());
    }

    private static ListedRows images(int count) {
        var random = new Random(3);
        List<List<Object>> rows = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            boolean above = random.nextBoolean();
            byte[] pixels = new byte[36];
            for (int pixel = 0; pixel < 36; pixel++) {
                boolean bright = pixel < 18 == above;
                pixels[pixel] = (byte) (random.nextInt(100) + (bright ? 155 : 0));
            }
            rows.add(List.of(pixels, above ? "above" : "below"));
        }
        return new ListedRows(
                List.of(
                        new DatasetColumn("image", Type.BYTES, List.of(1L, 6L, 6L)),
                        new DatasetColumn("place", Type.CELL, List.of())),
                rows,
                List.of());
    }
}
