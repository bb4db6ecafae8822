package io.modelmill.worker.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.modelmill.trainingspec.network.LayerCatalogue;
import io.modelmill.trainingspec.network.LayerSpec;
import io.modelmill.trainingspec.network.LayerType;
import io.modelmill.trainingspec.network.PlannedLayer;
import io.modelmill.trainingspec.network.Shape;
import io.modelmill.worker.failure.PlatformFailedException;
import io.modelmill.worker.fixture.Layers;
import io.modelmill.worker.network.LayerCases.Case;
import io.modelmill.worker.onnx.OnnxGraph;
import io.modelmill.worker.onnx.OnnxModel;
import io.modelmill.worker.train.TorchRuntime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Adam;
import org.bytedeco.pytorch.AdamOptions;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every entry of the catalogue: an export is the same function as the layer that was trained. */
@SuppressWarnings("try") // The scope frees what is made while it is open.
class LayerExportTest {
    private static final double TOLERANCE = 1e-4;
    private static final long[] ROWS = {1, 5};
    private static final long[] STEPS = {4, 9};

    static Stream<String> types() {
        return LayerCatalogue.standard().types().stream().map(LayerType::name);
    }

    @Test
    void buildsTheCatalogueAndNothingElse() {
        assertThat(LayerBuilders.names())
                .containsExactlyInAnyOrderElementsOf(LayerCatalogue.standard().names());
    }

    @ParameterizedTest
    @MethodSource("types")
    void exportAnswersAsTheTrainer(String type, TestReporter reporter) {
        assertThat(LayerCases.of(type)).as("cases of %s", type).isNotEmpty();
        double largest = 0;
        for (Case checked : LayerCases.of(type)) {
            try (PointerScope scope = new PointerScope()) {
                PlannedLayer planned = checked.plan();
                Layer layer = trained(planned);
                byte[] model = export(planned, layer);
                double difference = compare(planned, layer, model);
                assertThat(difference).as(checked.toString()).isLessThanOrEqualTo(TOLERANCE);
                largest = Math.max(largest, difference);
            }
        }
        reporter.publishEntry("largest difference of " + type, Double.toString(largest));
    }

    @ParameterizedTest
    @MethodSource("types")
    void trainingMovesAsManyParametersAsArePlanned(String type) {
        for (Case checked : LayerCases.of(type)) {
            try (PointerScope scope = new PointerScope()) {
                PlannedLayer planned = checked.plan();
                Layer layer = built(planned, 3);
                assertThat(layer.parameters().stream().mapToLong(Tensor::numel).sum())
                        .as(checked.toString())
                        .isEqualTo(planned.parameters());
                List<float[]> before = values(layer.parameters());
                step(layer, planned.input());
                List<float[]> after = values(layer.parameters());
                for (int i = 0; i < before.size(); i++) {
                    assertThat(after.get(i))
                            .as("parameter %d of %s", i, checked)
                            .isNotEqualTo(before.get(i));
                    assertThat(after.get(i))
                            .as("parameter %d of %s", i, checked)
                            .doesNotContain(Float.NaN);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("types")
    void theSeedDrawsTheWeights(String type) {
        for (Case checked : LayerCases.of(type)) {
            try (PointerScope scope = new PointerScope()) {
                List<float[]> first = values(built(checked.plan(), 3).parameters());
                List<float[]> again = values(built(checked.plan(), 3).parameters());
                List<float[]> other = values(built(checked.plan(), 4).parameters());
                boolean drawn = false;
                boolean differs = false;
                for (int i = 0; i < first.size(); i++) {
                    assertThat(again.get(i)).isEqualTo(first.get(i));
                    float start = first.get(i)[0];
                    for (float value : first.get(i)) {
                        drawn |= value != start;
                    }
                    differs |= !Arrays.equals(other.get(i), first.get(i));
                }
                assertThat(differs).as("another seed, %s", checked).isEqualTo(drawn);
            }
        }
    }

    static Stream<LayerSpec> droppingLayers() {
        return Stream.of(
                Layers.dropout(0.5),
                Layers.layer("self_attention", "heads", 2L, "rate", 0.5),
                Layers.layer("transformer_encoder", "heads", 2L, "units", 8L, "rate", 0.5));
    }

    @ParameterizedTest
    @MethodSource("droppingLayers")
    void dropsWhileTrainingOnly(LayerSpec spec) {
        try (PointerScope scope = new PointerScope()) {
            Shape input = Shape.numbers(Shape.ANY, 6);
            Layer layer = built(new Case(spec, input).plan(), 3);
            Batch batch = Batch.random(input, 3, 7, 1);
            float[] once = TensorValues.floats(layer.forward(batch.tensor(), Pass.of(false)));
            assertThat(TensorValues.floats(layer.forward(batch.tensor(), Pass.of(false))))
                    .isEqualTo(once);
            float[] training = TensorValues.floats(layer.forward(batch.tensor(), Pass.of(true)));
            assertThat(training).isNotEqualTo(once);
            assertThat(TensorValues.floats(layer.forward(batch.tensor(), Pass.of(true))))
                    .isNotEqualTo(training);
        }
    }

    static Stream<LayerSpec> causalLayers() {
        return Stream.of(
                Layers.layer("self_attention", "heads", 2L, "causal", true),
                Layers.layer("transformer_encoder", "heads", 2L, "units", 8L, "causal", true));
    }

    @ParameterizedTest
    @MethodSource("causalLayers")
    void laterStepsAreNotSeen(LayerSpec spec) {
        try (PointerScope scope = new PointerScope()) {
            Shape input = Shape.numbers(Shape.ANY, 6);
            PlannedLayer planned = new Case(spec, input).plan();
            Batch batch = Batch.random(input, 1, 7, 1);
            try (OnnxModel model = OnnxModel.load(export(planned, built(planned, 3)))) {
                float[] before = batch.predict(model);
                batch.set(0, 4 * 6 + 2, 50);
                float[] after = batch.predict(model);
                assertThat(Arrays.copyOf(after, 4 * 6)).isEqualTo(Arrays.copyOf(before, 4 * 6));
                assertThat(Arrays.copyOfRange(after, 6 * 6, 7 * 6))
                        .isNotEqualTo(Arrays.copyOfRange(before, 6 * 6, 7 * 6));
            }
        }
    }

    @Test
    void batchNormKeepsRunningNumbersOfWhatItSaw() {
        try (PointerScope scope = new PointerScope()) {
            Shape input = Shape.numbers(1);
            Layer layer = built(new Case(Layers.layer("batch_norm", "momentum", 0.5), input).plan(), 3);
            layer.forward(TensorValues.of(new float[] {1, 3}, 2, 1), Pass.of(true));
            assertThat(values(layer.buffers()))
                    .as("half of mean 2, half of variance 2 and half of 1")
                    .containsExactly(new float[] {1}, new float[] {1.5f});
            layer.forward(TensorValues.of(new float[] {9}, 1, 1), Pass.of(true));
            assertThat(values(layer.buffers()))
                    .as("one row has no variance")
                    .containsExactly(new float[] {1}, new float[] {1.5f});
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 3})
    void refusesMoreStepsThanItHasPlacesFor(long places) {
        try (PointerScope scope = new PointerScope()) {
            Shape input = Shape.numbers(Shape.ANY, 4);
            PlannedLayer planned = new Case(Layers.layer("positional_encoding", "max_length", places), input).plan();
            try (OnnxModel model = OnnxModel.load(export(planned, built(planned, 3)))) {
                assertThat(Batch.random(input, 2, places, 1).predict(model)).hasSize(Math.toIntExact(8 * places));
                Batch longer = Batch.random(input, 2, places + 1, 1);
                assertThatThrownBy(() -> longer.predict(model)).isInstanceOf(PlatformFailedException.class);
            }
        }
    }

    /** A layer whose parameters and running numbers are nothing special. */
    private static Layer trained(PlannedLayer planned) {
        Layer layer = built(planned, 3);
        try (NoGradGuard noGradients = new NoGradGuard()) {
            for (Tensor parameter : layer.parameters()) {
                parameter.add_(torch.randn_like(parameter).mul(new org.bytedeco.pytorch.Scalar(0.2)));
            }
        }
        List<float[]> before = values(layer.buffers());
        for (int step = 0; step < 3; step++) {
            step(layer, planned.input());
        }
        for (int i = 0; i < before.size(); i++) {
            assertThat(values(layer.buffers()).get(i)).isNotEqualTo(before.get(i));
        }
        return layer;
    }

    private static Layer built(PlannedLayer planned, long seed) {
        TorchRuntime.prepare(seed);
        return LayerBuilders.build(planned);
    }

    /** One step of training against random weights of the outputs. */
    private static void step(Layer layer, Shape input) {
        Tensor output = layer.forward(Batch.random(input, 6, 7, 5).tensor(), Pass.of(true));
        if (layer.parameters().isEmpty()) {
            return;
        }
        var optimizer = new Adam(new TensorVector(layer.parameters().toArray(Tensor[]::new)), new AdamOptions(0.01));
        output.mul(torch.randn_like(output)).mean().backward();
        optimizer.step();
    }

    private static byte[] export(PlannedLayer planned, Layer layer) {
        var graph = new OnnxGraph();
        return graph.finish(
                layer.export(graph, graph.input("x", planned.input()), ExportPass.plain()), "y", planned.output());
    }

    private static double compare(PlannedLayer planned, Layer layer, byte[] bytes) {
        double largest = 0;
        try (OnnxModel model = OnnxModel.load(bytes);
                NoGradGuard noGradients = new NoGradGuard()) {
            for (long rows : ROWS) {
                for (long steps : STEPS) {
                    Batch batch = Batch.random(planned.input(), rows, steps, rows + steps);
                    Tensor expected = layer.forward(batch.tensor(), Pass.of(false));
                    assertShape(expected, planned.output(), rows);
                    float[] wanted = TensorValues.floats(expected);
                    float[] answered = batch.predict(model);
                    assertThat(answered).hasSameSizeAs(wanted);
                    for (int i = 0; i < wanted.length; i++) {
                        double difference = Math.abs((double) wanted[i] - answered[i]);
                        assertThat(difference).isNotNaN();
                        largest = Math.max(largest, difference);
                    }
                }
            }
        }
        return largest;
    }

    private static void assertShape(Tensor answered, Shape planned, long rows) {
        assertThat(answered.dim()).isEqualTo(planned.rank() + 1);
        assertThat(answered.size(0)).isEqualTo(rows);
        for (int axis = 0; axis < planned.rank(); axis++) {
            if (planned.axis(axis) != Shape.ANY) {
                assertThat(answered.size(axis + 1)).isEqualTo(planned.axis(axis));
            }
        }
    }

    private static List<float[]> values(List<Tensor> tensors) {
        List<float[]> values = new ArrayList<>();
        tensors.forEach(tensor -> values.add(TensorValues.floats(tensor)));
        return values;
    }
}
