package io.modelmill.worker.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import io.modelmill.trainingspec.network.LayerSpec;
import io.modelmill.trainingspec.network.Shape;
import io.modelmill.worker.evaluate.Evaluation;
import io.modelmill.worker.export.OnnxExport;
import io.modelmill.worker.failure.JobFailedException;
import io.modelmill.worker.fixture.Datasets;
import io.modelmill.worker.fixture.Jobs;
import io.modelmill.worker.fixture.Layers;
import io.modelmill.worker.fixture.MemoryData;
import io.modelmill.worker.fixture.Training;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every kind of thing to learn is learned, beats its baseline, and is exported as it is. */
@SuppressWarnings("try") // The scope frees what is made while it is open.
class ModelTest {
    private static final LayerSpec[] TOKENS = {
        Layers.layer("embedding", "units", 16L),
        Layers.layer("gru", "units", 16L, "return_sequences", true),
        Layers.layer("dense")
    };

    static Stream<Arguments> tasks() {
        Jobs classifier = Jobs.of(Layers.dense(8, "relu"), Layers.layer("dense"));
        return Stream.of(
                Arguments.of("classes", classifier, Datasets.corners(200), "accuracy", "probabilities", List.of(3L)),
                Arguments.of(
                        "two classes",
                        Jobs.of(Layers.dense(8, "relu"), Layers.layer("dense")).loss("binary_cross_entropy"),
                        Datasets.corners(200, 2, Shape.numbers(4)),
                        "accuracy",
                        "probabilities",
                        List.of(2L)),
                Arguments.of(
                        "images",
                        Jobs.of(
                                Layers.layer("conv2d", "filters", 4L, "kernel_size", List.of(3L)),
                                Layers.activation("relu"),
                                Layers.layer("flatten"),
                                Layers.layer("dense")),
                        Datasets.corners(200, 3, Shape.numbers(1, 4, 4)),
                        "accuracy",
                        "probabilities",
                        List.of(3L)),
                Arguments.of(
                        "numbers",
                        Jobs.of(Layers.dense(16, "relu"), Layers.layer("dense")).loss("mean_absolute_error"),
                        Datasets.plane(200),
                        "mean_squared_error",
                        "prediction",
                        List.of(1L)),
                Arguments.of(
                        "itself",
                        Jobs.of(Layers.dense(2), Layers.layer("dense")).loss("mean_squared_error"),
                        Datasets.line(200),
                        "mean_squared_error",
                        "reconstruction",
                        List.of(4L)),
                Arguments.of(
                        "itself from logits",
                        Jobs.of(Layers.dense(8, "tanh"), Layers.dense(2), Layers.layer("dense"))
                                .loss("binary_cross_entropy"),
                        Datasets.line(200),
                        "mean_squared_error",
                        "reconstruction",
                        List.of(4L)),
                Arguments.of(
                        "next tokens",
                        Jobs.of(TOKENS),
                        Datasets.counting(100),
                        "perplexity",
                        "logits",
                        List.of(6L, 12L)),
                Arguments.of(
                        "neighbours",
                        Jobs.of(Layers.layer("embedding", "units", 8L), Layers.layer("flatten"), Layers.layer("dense")),
                        Datasets.pairs(400),
                        "perplexity",
                        "embedding",
                        List.of(1L, 8L)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("tasks")
    void learnsAndExports(String name, Jobs job, MemoryData data, String metric, String output, List<Long> answered)
            throws Exception {
        try (PointerScope scope = new PointerScope()) {
            var training = new Training(job.epochs(40).spec(), data);
            training.run();
            Map<String, Double> metrics =
                    Evaluation.full(training.model, data.heldOut(), 8, () -> {}).metrics("test_");
            double measured = value(metrics, "test_" + metric);
            double trivial = value(metrics, "baseline_" + metric);
            if (metric.equals("accuracy")) {
                assertThat(measured).isGreaterThan(Math.max(0.95, trivial));
            } else {
                assertThat(measured).isLessThan(trivial / 1.8);
            }
            byte[] bytes = training.model.export();
            assertThat(OnnxExport.check(bytes, training.model, data.heldOut(), 8))
                    .isLessThan(1e-4);
            GraphProto graph = ModelProto.parseFrom(bytes).getGraph();
            assertThat(graph.getOutput(0).getName()).isEqualTo(output);
            assertThat(graph.getOutput(0).getType().getTensorType().getShape().getDimList().stream()
                            .skip(1)
                            .map(dimension -> dimension.getDimValue()))
                    .containsExactlyElementsOf(answered);
        }
    }

    private static double value(Map<String, Double> metrics, String name) {
        return Objects.requireNonNull(metrics.get(name));
    }

    @Test
    void tellsAllThatTheDataAskOtherwise() {
        try (PointerScope scope = new PointerScope()) {
            var job = Jobs.of(
                            Layers.layer("embedding", "units", 4L, "vocabulary_size", 5L),
                            Layers.layer("flatten"),
                            Layers.dense(9))
                    .spec();
            assertThatThrownBy(() -> new Training(job, Datasets.pairs(8)))
                    .isInstanceOf(JobFailedException.class)
                    .hasMessage("network.layers[0].vocabulary_size: 5 (expected: at least 10, the data's, or 0);"
                            + " network.layers[2].units: 9 (expected: 10, the tokens of the vocabulary)");
        }
    }
}
