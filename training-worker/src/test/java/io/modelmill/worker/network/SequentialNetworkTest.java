package io.modelmill.worker.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.modelmill.trainingspec.network.LayerSpec;
import io.modelmill.trainingspec.network.Shape;
import io.modelmill.worker.failure.JobFailedException;
import io.modelmill.worker.fixture.Layers;
import io.modelmill.worker.onnx.OnnxGraph;
import io.modelmill.worker.onnx.OnnxModel;
import io.modelmill.worker.train.TorchRuntime;
import java.util.List;
import java.util.Random;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Adam;
import org.bytedeco.pytorch.AdamOptions;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

/** Networks of many layers learn, and answer the same once they are exported. */
@SuppressWarnings("try") // The scope frees what is made while it is open.
class SequentialNetworkTest {
    private static final int ROWS = 32;
    private static final int SIDE = 8;
    private static final Shape TWO_CLASSES = Shape.numbers(2);

    @Test
    void convolutionsLearnWhichWayStripesRun() {
        List<LayerSpec> layers = List.of(
                Layers.layer("reshape", "shape", List.of(1L, 8L, 8L)),
                Layers.layer("conv2d", "filters", 8L, "kernel_size", List.of(3L), "padding", "same"),
                Layers.layer("batch_norm"),
                Layers.activation("relu"),
                Layers.layer("max_pool"),
                Layers.residual(
                        Layers.layer("conv2d", "filters", 8L, "kernel_size", List.of(3L), "padding", "same"),
                        Layers.layer("batch_norm"),
                        Layers.activation("relu")),
                Layers.layer("global_average_pool"),
                Layers.dense(2));
        learns(
                () -> SequentialNetwork.of(layers, Shape.numbers(SIDE * SIDE), TWO_CLASSES),
                SequentialNetworkTest::stripes);
    }

    @Test
    void transformerLearnsWhichTokenComesFirst() {
        List<LayerSpec> layers = List.of(
                Layers.layer("embedding", "units", 16L),
                Layers.layer("positional_encoding", "max_length", 32L),
                Layers.layer("transformer_encoder", "heads", 2L, "units", 32L, "rate", 0.1),
                Layers.layer("transformer_encoder", "heads", 4L, "units", 32L, "activation", "gelu"),
                Layers.layer("layer_norm"),
                Layers.layer("global_average_pool"),
                Layers.dense(2));
        learns(() -> SequentialNetwork.ofTokens(layers, Batch.TOKENS, TWO_CLASSES), SequentialNetworkTest::sentences);
    }

    @Test
    void recurrentNetworkReadsFromBothEnds() {
        List<LayerSpec> layers = List.of(
                Layers.layer("embedding", "units", 16L, "vocabulary_size", 20L),
                Layers.layer("lstm", "units", 16L, "bidirectional", true, "return_sequences", true),
                Layers.dropout(0.1),
                Layers.layer("gru", "units", 8L, "bidirectional", true),
                Layers.dense(2));
        learns(() -> SequentialNetwork.ofTokens(layers, Batch.TOKENS, TWO_CLASSES), SequentialNetworkTest::sentences);
    }

    @Test
    void tellsAllThatIsWrongAtOnce() {
        List<LayerSpec> layers = List.of(
                Layers.layer("embedding", "units", 6L),
                Layers.layer("self_attention", "heads", 4L),
                Layers.layer("rnn", "units", 0L));
        assertThatThrownBy(() -> SequentialNetwork.ofTokens(layers, 9, TWO_CLASSES))
                .isInstanceOf(JobFailedException.class)
                .hasMessage("network.layers[1].heads: 4 (expected: a divisor of 6, the input's features);"
                        + " network.layers[2].units: 0 (expected: 1 to 65536)");
    }

    @Test
    void refusesAnotherOutputThanTheDataAskFor() {
        List<LayerSpec> layers = List.of(Layers.layer("embedding", "units", 6L), Layers.dense(9));
        assertThatThrownBy(() -> SequentialNetwork.ofTokens(layers, 9, Shape.numbers(9)))
                .isInstanceOf(JobFailedException.class)
                .hasMessage("the network answers [any, 9] for each row (expected: 9 values, as the data ask for)");
    }

    @Test
    void refusesAnEmbeddingOfFewerTokensThanTheDataHave() {
        List<LayerSpec> layers = List.of(
                Layers.layer("embedding", "units", 6L, "vocabulary_size", 5L),
                Layers.layer("global_max_pool"),
                Layers.dense(2));
        assertThatThrownBy(() -> SequentialNetwork.ofTokens(layers, 9, TWO_CLASSES))
                .isInstanceOf(JobFailedException.class)
                .hasMessage("network.layers[0].vocabulary_size: 5 (expected: at least 9, the data's, or 0)");
    }

    @Test
    void refusesWhatFitsNoMemory() {
        List<LayerSpec> waves = List.of(
                Layers.layer("embedding", "units", 65_536L, "vocabulary_size", 20L),
                Layers.residual(Layers.layer("positional_encoding", "max_length", 65_536L)));
        assertThatThrownBy(() -> SequentialNetwork.ofTokens(waves, 20, Shape.numbers(Shape.ANY, 65_536)))
                .isInstanceOf(JobFailedException.class)
                .hasMessage("the network has 4,296,278,016 parameters and numbers of positional encodings"
                        + " (expected: at most 268,435,456)");
        List<LayerSpec> wide = List.of(Layers.layer("embedding", "units", 65_536L));
        assertThatThrownBy(() -> SequentialNetwork.ofTokens(wide, 10_000_000, Shape.numbers(Shape.ANY, 65_536)))
                .isInstanceOf(JobFailedException.class)
                .hasMessage("the network has 655,360,000,000 parameters (expected: at most 268,435,456)");
    }

    /** Trains twice, to the same bits, and compares the export with the trainer. */
    private static void learns(Supplier<SequentialNetwork> made, IntFunction<Example> examples) {
        double first;
        try (PointerScope scope = new PointerScope()) {
            TorchRuntime.prepare(1);
            SequentialNetwork network = made.get();
            double before = loss(network, examples.apply(-1));
            train(network, examples);
            first = loss(network, examples.apply(-1));
            assertThat(first).isLessThan(before / 2);
            assertExportEquals(network);
        }
        try (PointerScope scope = new PointerScope()) {
            TorchRuntime.prepare(1);
            SequentialNetwork network = made.get();
            train(network, examples);
            assertThat(loss(network, examples.apply(-1))).isEqualTo(first);
        }
    }

    private static void train(SequentialNetwork network, IntFunction<Example> examples) {
        try (PointerScope scope = new PointerScope()) {
            var parameters = new TensorVector(network.parameters().toArray(Tensor[]::new));
            var optimizer = new Adam(parameters, new AdamOptions(0.005));
            for (int step = 0; step < 150; step++) {
                try (PointerScope inner = new PointerScope()) {
                    Example example = examples.apply(step);
                    optimizer.zero_grad();
                    Tensor output = network.forward(example.batch().tensor(), true);
                    torch.cross_entropy_loss(output, TensorValues.of(example.classes(), ROWS))
                            .backward();
                    optimizer.step();
                }
            }
        }
    }

    private static void assertExportEquals(SequentialNetwork network) {
        var graph = new OnnxGraph();
        byte[] bytes =
                graph.finish(network.export(graph, graph.input("rows", network.input())), "logits", network.output());
        try (OnnxModel model = OnnxModel.load(bytes);
                NoGradGuard noGradients = new NoGradGuard()) {
            for (long steps : new long[] {3, 12}) {
                Batch batch = Batch.random(network.input(), 5, steps, steps);
                float[] wanted = TensorValues.floats(network.forward(batch.tensor(), false));
                assertThat(batch.predict(model)).containsExactly(wanted, within(1e-4f));
            }
        }
    }

    /** Of rows that the training does not see. */
    private static double loss(SequentialNetwork network, Example example) {
        try (PointerScope scope = new PointerScope();
                NoGradGuard noGradients = new NoGradGuard()) {
            Tensor output = network.forward(example.batch().tensor(), false);
            return torch.cross_entropy_loss(output, TensorValues.of(example.classes(), ROWS))
                    .item_double();
        }
    }

    /** Noise with a bright row or a bright column. */
    private static Example stripes(int seed) {
        var random = new Random(seed);
        Batch batch = Batch.random(Shape.numbers(SIDE * SIDE), ROWS, 0, seed);
        long[] classes = new long[ROWS];
        for (int row = 0; row < ROWS; row++) {
            classes[row] = row % 2;
            int place = random.nextInt(SIDE);
            for (int i = 0; i < SIDE; i++) {
                batch.set(row, classes[row] == 0 ? place * SIDE + i : i * SIDE + place, 6);
            }
        }
        return new Example(batch, classes);
    }

    /** Whether the first token is of the first half of the vocabulary; sentences of many lengths. */
    private static Example sentences(int seed) {
        Batch batch = Batch.random(Shape.tokens(Shape.ANY), ROWS, 4 + Math.floorMod(seed, 5), seed);
        long[] classes = new long[ROWS];
        for (int row = 0; row < ROWS; row++) {
            classes[row] = batch.token(row, 0) < Batch.TOKENS / 2 ? 0 : 1;
        }
        return new Example(batch, classes);
    }

    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    private record Example(Batch batch, long[] classes) {}
}
