package io.modelmill.worker.quantize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.modelmill.trainingspec.job.Task;
import io.modelmill.trainingspec.job.TrainingSpec;
import io.modelmill.trainingspec.network.Shape;
import io.modelmill.worker.failure.JobFailedException;
import io.modelmill.worker.fixture.DataSpecs;
import io.modelmill.worker.fixture.Jobs;
import io.modelmill.worker.fixture.MemoryData;
import io.modelmill.worker.onnx.OnnxGraph;
import io.modelmill.worker.onnx.OnnxModel;
import io.modelmill.worker.rows.Answers;
import io.modelmill.worker.run.TrainedModel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** A version becomes its quantised child, which is measured beside it on rows. */
class QuantizationRunTest {
    private static final int FEATURES = 64;
    private static final int CLASSES = 32;
    private static final int ROWS = 400;
    private static final Runnable GO_ON = () -> {};
    private static final List<String> LABELS =
            IntStream.range(0, CLASSES).mapToObj(index -> "class " + index).toList();

    @Test
    void measuresChildAndParentOnHeldOutRows() {
        Parent parent = new Parent(
                "tenants/acme/models/example/versions/3",
                "tenants/acme/datasets/rows/versions/1",
                classifier(1),
                Map.of(
                        "tokenizer.json", bytes("tokens"),
                        "serving.json", bytes("{}"),
                        "held-out-rows.json", bytes("[1]"),
                        "model-card.md", bytes("of the parent"),
                        "evaluation.json", bytes("of the parent")),
                LABELS);
        TrainedModel child = new QuantizationRun(spec(0.01), parent, GO_ON).execute(rows(LABELS));

        assertThat(child.rejection()).isEmpty();
        assertThat(child.classLabels()).isEqualTo(LABELS);
        assertThat(child.metrics())
                .containsEntry("test_accuracy", 0.98)
                .containsEntry("parent_test_accuracy", 0.98)
                .containsEntry("parent_size_bytes", (double) parent.onnx().length)
                .containsEntry("size_bytes", (double) child.onnx().length)
                .containsEntry("quantized_products", 1.0)
                .containsEntry("quantized_tables", 0.0);
        assertThat(child.metrics().get("test_cosine_similarity")).isCloseTo(1, within(1e-3));
        assertThat(child.metrics().get("speedup")).isPositive();
        assertThat(child.metrics()).containsKeys("rows_per_second", "parent_rows_per_second");
        assertThat(child.files())
                .containsOnlyKeys(
                        "model.onnx",
                        "tokenizer.json",
                        "serving.json",
                        "held-out-rows.json",
                        "samples.json",
                        "model-card.json",
                        "model-card.md");
        assertThat(text(child, "tokenizer.json")).isEqualTo("tokens");
        assertThat(text(child, "held-out-rows.json"))
                .as("those that were measured")
                .isEqualTo("[3]");
        assertThat(text(child, "samples.json")).contains("\"name\": \"features\"", "\"name\": \"y\"");
        assertThat(text(child, "model-card.md"))
                .contains(
                        "tenants/acme/models/example/versions/3", "100 rows that were held out", "parent_test_accuracy")
                .doesNotContain("of the parent\n");
        assertThat(child.onnx().length).isLessThan(parent.onnx().length);
    }

    /** A weight that nobody uses makes the scales of all others so coarse that they vanish. */
    @Test
    void rejectsAChildThatLostMoreThanIsTolerated() {
        Parent parent = parent(classifier(1e6f));
        TrainedModel child = new QuantizationRun(spec(0.25), parent, GO_ON).execute(rows(LABELS));

        assertThat(child.metrics().get("parent_test_accuracy")).isEqualTo(0.98);
        assertThat(child.metrics().get("test_accuracy")).isLessThan(0.1);
        assertThat(child.rejection())
                .matches(
                        "quantising lost 0\\.9\\d+ against the parent \\(expected: at most 0\\.25, quantization\\.tolerance\\)");
        assertThat(new QuantizationRun(spec(0.99), parent, GO_ON)
                        .execute(rows(LABELS))
                        .rejection())
                .isEmpty();
    }

    @Test
    void knowsTheParentsClassesByName() {
        List<String> turned = LABELS.reversed();
        TrainedModel child = new QuantizationRun(
                        spec(0.01), new Parent("parent", "", classifier(1), Map.of(), turned), GO_ON)
                .execute(rows(turned, LABELS));

        assertThat(child.metrics()).containsEntry("test_accuracy", 0.98).containsEntry("parent_test_accuracy", 0.98);
    }

    @Test
    void comparesAnswersWhereThereAreNoLabels() {
        MemoryData rows = new MemoryData(new Answers.Itself(), Shape.numbers(FEATURES), features(), new float[0]);
        TrainedModel child = new QuantizationRun(spec(0.01), parent(classifier(1)), GO_ON).execute(rows.undivided());

        assertThat(child.metrics()).containsKey("train_cosine_similarity").doesNotContainKey("train_accuracy");
        assertThat(child.rejection()).isEmpty();
        assertThat(new QuantizationRun(spec(0.5), parent(classifier(1e6f)), GO_ON)
                        .execute(rows)
                        .rejection())
                .startsWith("quantising lost 1.0");
    }

    @Test
    void measuresNumbersByTheirVariance() {
        var graph = new OnnxGraph();
        float[] weights = random(FEATURES * CLASSES);
        String hidden = graph.node(
                "MatMul",
                graph.input("features", Shape.numbers(FEATURES)),
                graph.constant("w", weights, FEATURES, CLASSES));
        byte[] onnx = graph.finish(
                graph.node("ReduceSum", Map.of(), hidden, graph.constant("axes", new long[] {1}, 1)),
                "y",
                Shape.numbers(1));
        float[] features = random(ROWS * FEATURES);
        float[] targets = new float[ROWS];
        for (int i = 0; i < features.length * CLASSES; i++) {
            int row = i / (FEATURES * CLASSES);
            int feature = i / CLASSES % FEATURES;
            targets[row] += features[row * FEATURES + feature] * weights[feature * CLASSES + i % CLASSES];
        }
        var rows = new MemoryData(new Answers.Number(), Shape.numbers(FEATURES), features, targets);
        TrainedModel child = new QuantizationRun(spec(0.01), new Parent("parent", "", onnx, Map.of(), List.of()), GO_ON)
                .execute(rows);

        assertThat(child.metrics().get("parent_test_r2")).isCloseTo(1, within(1e-6));
        assertThat(child.metrics().get("test_r2")).isBetween(0.99, 0.999999);
        assertThat(child.rejection()).isEmpty();
    }

    @Test
    void takesTheSecondClassFromOneProbability() {
        var graph = new OnnxGraph();
        String sum = graph.node(
                "MatMul", graph.input("features", Shape.numbers(1_100)), graph.constant("w", random(1_100), 1_100, 1));
        byte[] onnx = graph.finish(graph.node("Sigmoid", sum), "y", Shape.numbers(1));
        float[] features = random(80 * 1_100);
        long[] classes = new long[80];
        try (OnnxModel model = OnnxModel.load(onnx)) {
            float[] answers = model.predict(features, 80, 1_100);
            Arrays.setAll(classes, row -> answers[row] >= 0.5 ? 1 : 0);
        }
        List<String> labels = List.of("no", "yes");
        var rows =
                new MemoryData(new Answers.Classes(labels, List.of(1L, 1L)), Shape.numbers(1_100), features, classes);
        TrainedModel child =
                new QuantizationRun(spec(0.2), new Parent("parent", "", onnx, Map.of(), labels), GO_ON).execute(rows);

        assertThat(child.metrics()).containsEntry("parent_test_accuracy", 1.0);
        assertThat(child.metrics().get("test_accuracy")).isGreaterThan(0.8);
    }

    @Test
    void stopsWhenItIsTold() {
        Runnable stop = () -> {
            throw new IllegalStateException("stop");
        };
        assertThatThrownBy(() -> new QuantizationRun(spec(0.01), parent(classifier(1)), stop).execute(rows(LABELS)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("stop");
    }

    @Test
    void refusesRowsThatTheParentDoesNotTake() {
        var other = new OnnxGraph();
        byte[] onnx = other.finish(
                other.node(
                        "MatMul",
                        other.input("pixels", Shape.numbers(FEATURES)),
                        other.constant("w", random(FEATURES * CLASSES), FEATURES, CLASSES)),
                "y",
                Shape.numbers(CLASSES));
        assertRefused(
                parent(onnx),
                rows(LABELS),
                "data: rows of the inputs [features] (expected: [pixels], which the parent takes)");

        var narrow = new MemoryData(
                new Answers.Classes(LABELS, Collections.nCopies(CLASSES, 1L)),
                Shape.numbers(8),
                new float[80],
                new long[10]);
        assertThatThrownBy(() -> new QuantizationRun(spec(0.01), parent(classifier(1)), GO_ON).execute(narrow))
                .isInstanceOf(JobFailedException.class)
                .hasMessageStartingWith("data: the parent does not take the rows: ");
    }

    @Test
    void refusesClassesThatTheParentDoesNotHave() {
        assertRefused(
                new Parent("parent", "", classifier(1), Map.of(), LABELS.subList(0, 31)),
                rows(LABELS),
                "data.label_column: the class \"class 31\" (expected: one of the parent's, " + LABELS.subList(0, 31)
                        + ")");
    }

    @Test
    void refusesAnswersOfAnotherWidth() {
        List<String> more =
                IntStream.range(0, 40).mapToObj(index -> "class " + index).toList();
        assertRefused(
                new Parent("parent", "", classifier(1), Map.of(), more),
                rows(LABELS),
                "the parent answers [y [32, 32]] for 32 rows (expected: FP32 of 40 classes for each)");
        var numbers = new MemoryData(new Answers.Number(), Shape.numbers(FEATURES), features(), new float[ROWS]);
        assertRefused(
                parent(classifier(1)),
                numbers,
                "the parent answers [y [32, 32]] for 32 rows (expected: FP32 of one number for each)");
    }

    @Test
    void choosesRowsByWhatTheVersionIs() {
        DataSpecs labelled = DataSpecs.label("kind");
        assertThat(QuantizationRun.rowsOf(Jobs.of().data(labelled).spec(), LABELS))
                .isEqualTo(Task.CLASSIFICATION);
        assertThat(QuantizationRun.rowsOf(Jobs.of().data(labelled).spec(), List.of()))
                .isEqualTo(Task.REGRESSION);
        assertThat(QuantizationRun.rowsOf(Jobs.of().data(DataSpecs.label("")).spec(), LABELS))
                .isEqualTo(Task.AUTOENCODING);
    }

    private static void assertRefused(Parent parent, MemoryData rows, String message) {
        assertThatThrownBy(() -> new QuantizationRun(spec(0.01), parent, GO_ON).execute(rows))
                .isInstanceOf(JobFailedException.class)
                .hasMessage(message);
    }

    private static Parent parent(byte[] onnx) {
        return new Parent("tenants/acme/models/example/versions/3", "", onnx, Map.of(), LABELS);
    }

    private static TrainingSpec spec(double tolerance) {
        return Jobs.of().task("quantization").quantization(tolerance).spec();
    }

    /** Class k is feature 2k + 1; feature 0 is never anything but 0. */
    private static byte[] classifier(float unused) {
        var graph = new OnnxGraph();
        float[] weights = new float[FEATURES * CLASSES];
        for (int index = 0; index < CLASSES; index++) {
            weights[index] = unused;
            weights[(2 * index + 1) * CLASSES + index] = 1;
        }
        String logits = graph.node(
                "MatMul",
                graph.input("features", Shape.numbers(FEATURES)),
                graph.constant("w", weights, FEATURES, CLASSES));
        return graph.finish(logits, "y", Shape.numbers(CLASSES));
    }

    private static float[] features() {
        float[] features = new float[ROWS * FEATURES];
        for (int row = 0; row < ROWS; row++) {
            features[row * FEATURES + 2 * kind(row) + 1] = 1;
        }
        return features;
    }

    private static int kind(int row) {
        return 1 + row / 4 % (CLASSES - 1);
    }

    private static MemoryData rows(List<String> labels) {
        return rows(labels, labels);
    }

    /** Every fiftieth held-out row has a wrong label. */
    private static MemoryData rows(List<String> parentLabels, List<String> labels) {
        long[] classes = new long[ROWS];
        for (int row = 0; row < ROWS; row++) {
            int kind = row % 200 == 3 ? 0 : kind(row);
            classes[row] = labels.indexOf(parentLabels.get(kind));
        }
        return new MemoryData(
                new Answers.Classes(labels, Collections.nCopies(CLASSES, 1L)),
                Shape.numbers(FEATURES),
                features(),
                classes);
    }

    private static float[] random(int count) {
        var random = new Random(count);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(TrainedModel model, String path) {
        return new String(Objects.requireNonNull(model.files().get(path)), StandardCharsets.UTF_8);
    }
}
