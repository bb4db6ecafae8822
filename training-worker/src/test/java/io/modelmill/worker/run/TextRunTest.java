package io.modelmill.worker.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelmill.dataset.DatasetColumn;
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
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Texts through whole runs, whose export is compared with the trainer on rows as callers send them. */
class TextRunTest {
    @TempDir
    Path folder;

    @Test
    void tellsKindsOfTextsApart() {
        TrainedModel model = train(
                Jobs.of(Layers.layer("embedding", "units", 8L), Layers.layer("gru", "units", 8L), Layers.dense(2))
                        .data(DataSpecs.label("kind")
                                .split("stratified", 0, "")
                                .text(new DataSpec.Text("text", "character", 100, 12, true, 0)))
                        .epochs(6)
                        .spec(),
                kinds());
        assertThat(model.metrics().get("test_accuracy")).isGreaterThan(0.9);
        assertThat(model.files()).containsKeys("tokenizer.json", "held-out-rows.json");
    }

    @Test
    void predictsTheNextToken() {
        TrainedModel model = train(
                Jobs.of(
                                Layers.layer("embedding", "units", 8L),
                                Layers.layer("gru", "units", 16L, "return_sequences", true),
                                Layers.layer("dense"))
                        .task("language_modelling")
                        .data(DataSpecs.label("")
                                .split("time", 0, "")
                                .text(new DataSpec.Text("text", "character", 100, 16, false, 0)))
                        .epochs(6)
                        .spec(),
                lines("abcdefgh".repeat(200)));
        assertThat(model.metrics().get("test_accuracy")).isGreaterThan(0.9);
        assertThat(model.files()).containsKey("tokenizer.json");
    }

    @Test
    void putsTokensOfLikeCompanyNearEachOther() {
        TrainedModel model = train(
                Jobs.of(Layers.layer("embedding", "units", 4L), Layers.layer("flatten"), Layers.layer("dense"))
                        .task("word_embedding")
                        .data(DataSpecs.label("")
                                .split("random", 0, "")
                                .text(new DataSpec.Text("text", "word", 100, 16, true, 2)))
                        .epochs(2)
                        .spec(),
                lines("the cat drinks milk", "the dog drinks water", "a cat eats", "a dog eats", "the cat sleeps"));
        assertThat(model.metrics()).containsKey("export_max_abs_difference");
        assertThat(model.files()).containsKey("tokenizer.json");
    }

    @Test
    void learnsFromTextsBesideNumbersThatAreNotWhole() {
        var random = new Random(1);
        List<String> lines = new ArrayList<>(List.of("x,text,kind"));
        for (int row = 0; row < 200; row++) {
            String x = row % 9 == 0 ? "" : Double.toString(row % 50 == 1 ? 1e6 : random.nextGaussian());
            lines.add(x + "," + (row % 2 == 0 ? "\uD83D\uDE00" : row % 3 == 0 ? "" : "gr\u00fcn") + "," + row % 2);
        }
        TrainedModel model = train(
                Jobs.of(Layers.dense(8, "relu"), Layers.dense(2))
                        .data(DataSpecs.label("kind")
                                .missing("median", 0)
                                .outliers("clip", 3)
                                .normalization("z_score"))
                        .epochs(8)
                        .spec(),
                ListedRows.table(lines.toArray(String[]::new)));
        assertThat(model.metrics().get("test_accuracy")).isGreaterThan(0.9);
        assertThat(model.metrics().get("export_max_abs_difference")).isLessThan(1e-5);
    }

    private TrainedModel train(TrainingSpec spec, ListedRows rows) {
        Task task = Task.find(spec.task()).orElseThrow();
        var source = new RowSource(() -> rows, Set.of("text"));
        try (TrainingData data = DataPreparation.prepare(task, spec.data(), spec.seed(), source, folder)) {
            return new TrainingRun(spec, new Tables.Watch(), Origin.fresh()).execute(data);
        }
    }

    private static ListedRows lines(String... lines) {
        return new ListedRows(
                List.of(new DatasetColumn("text", DatasetColumn.Type.CELL, List.of())),
                Arrays.stream(lines).map(List::<Object>of).toList(),
                List.of());
    }

    /** Texts of vowels and of consonants, of many lengths. */
    private static ListedRows kinds() {
        var random = new Random(1);
        List<String> lines = new ArrayList<>(List.of("text,kind"));
        for (int row = 0; row < 200; row++) {
            String letters = row % 2 == 0 ? "aeiou" : "bcdfg";
            var text = new StringBuilder();
            for (int length = 1 + random.nextInt(15); length > 0; length--) {
                text.append(letters.charAt(random.nextInt(letters.length())));
            }
            lines.add(text + (row % 2 == 0 ? ",vowels" : ",consonants"));
        }
        return ListedRows.table(lines.toArray(String[]::new));
    }
}
