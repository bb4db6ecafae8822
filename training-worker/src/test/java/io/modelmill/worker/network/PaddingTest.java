package io.modelmill.worker.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.modelmill.trainingspec.fault.Faults;
import io.modelmill.trainingspec.network.LayerCatalogue;
import io.modelmill.trainingspec.network.LayerSpec;
import io.modelmill.trainingspec.network.LayerType;
import io.modelmill.trainingspec.network.PlannedLayer;
import io.modelmill.trainingspec.network.Shape;
import io.modelmill.worker.fixture.Layers;
import io.modelmill.worker.onnx.OnnxGraph;
import io.modelmill.worker.onnx.OnnxModel;
import io.modelmill.worker.train.TorchRuntime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A row of tokens has the same answers however many 0 stand behind it, in the trainer and in the exported graph. */
@SuppressWarnings("try") // The scope frees what is made while it is open.
class PaddingTest {
    private static final long VOCABULARY = 20;
    private static final int WIDTH = 6;
    private static final float TOLERANCE = 1e-5f;
    /** In no order of their lengths; one without any token, one shorter than each window, one that ends in a 0 of its own. */
    private static final long[][] ROWS = {
        {4, 9, 1, 7, 7},
        {3},
        {5, 6, 2, 19, 8, 11, 4},
        {0},
        {12, 17},
        {2, 0, 3, 15, 0, 9},
        {1, 2, 3, 4, 5, 6}
    };

    /** Each layer that takes steps, and stacks of them. */
    static Stream<List<LayerSpec>> networks() {
        Shape steps = Shape.numbers(Shape.ANY, WIDTH);
        Stream<List<LayerSpec>> single = LayerCatalogue.standard().types().stream()
                .map(LayerType::name)
                .flatMap(type -> LayerCases.of(type).stream())
                .filter(checked -> checked.input().equals(steps))
                .map(checked -> List.of(checked.layer()));
        return Stream.concat(single, stacks());
    }

    private static Stream<List<LayerSpec>> stacks() {
        return Stream.of(
                List.of(
                        Layers.layer("conv1d", "filters", 6L, "kernel_size", List.of(3L), "stride", List.of(2L)),
                        Layers.layer("lstm", "units", 4L, "bidirectional", true)),
                List.of(
                        Layers.layer("max_pool", "pool_size", List.of(2L)),
                        Layers.layer("conv1d", "filters", 6L, "kernel_size", List.of(2L)),
                        Layers.layer("global_average_pool")),
                List.of(
                        Layers.layer("positional_encoding", "encoding", "learned", "max_length", 16L),
                        Layers.layer("transformer_encoder", "heads", 2L, "units", 8L),
                        Layers.residual(
                                Layers.layer("conv1d", "filters", 6L, "kernel_size", List.of(3L), "padding", "same"),
                                Layers.residual(Layers.layer("self_attention", "heads", 3L))),
                        Layers.layer("batch_norm"),
                        Layers.layer("global_max_pool"),
                        Layers.dense(3)),
                List.of(
                        Layers.layer("gru", "units", 6L, "return_sequences", true),
                        Layers.layer("average_pool"),
                        Layers.layer("rnn", "units", 6L)));
    }

    @ParameterizedTest
    @MethodSource("networks")
    void paddingChangesNoAnswer(List<LayerSpec> layers) {
        try (PointerScope scope = new PointerScope();
                NoGradGuard noGradients = new NoGradGuard()) {
            SequentialNetwork network = network(layers);
            network.forward(batch(9), true);
            try (OnnxModel model = OnnxModel.load(export(network))) {
                UnaryOperator<Answer> trainer = asked -> new Answer(
                        TensorValues.floats(network.forward(TensorValues.of(asked.tokens(), asked.shape()), false)),
                        asked);
                for (int steps : new int[] {7, 9}) {
                    Answer padded = trainer.apply(Answer.of(steps));
                    float[] exported = model.predict(padded.tokens(), padded.shape());
                    assertThat(exported)
                            .as("export, %d steps", steps)
                            .containsExactly(padded.values(), within(TOLERANCE));
                    assertRowsAnswerAlone(padded, row -> trainer.apply(row).values(), layers);
                    assertRowsAnswerAlone(
                            new Answer(exported, padded), row -> model.predict(row.tokens(), row.shape()), layers);
                }
            }
        }
    }

    static Stream<List<LayerSpec>> networksOfParameters() {
        return networks().filter(layers -> {
            List<PlannedLayer> planned = plan(layers);
            return planned.stream().mapToLong(PlannedLayer::parameters).sum()
                    > planned.getFirst().parameters();
        });
    }

    @ParameterizedTest
    @MethodSource("networksOfParameters")
    void gradientsComeFromRealStepsAlone(List<LayerSpec> layers) {
        try (PointerScope scope = new PointerScope()) {
            SequentialNetwork network = network(layers);
            // Without the row that has no token, whose one step is real.
            long[][] rows = Stream.of(ROWS)
                    .filter(row -> row[0] != 0)
                    .map(row -> row.clone())
                    .toArray(long[][]::new);
            for (long[] row : rows) {
                Arrays.setAll(row, step -> Math.max(1, row[step]));
            }
            Tensor answers = network.forward(TensorValues.of(padded(rows, 9), rows.length, 9), true);
            Tensor read = network.output().rank() == 2 ? answers.narrow(1, 0, 1) : answers;
            read.mul(torch.randn_like(read)).sum().backward();
            for (Tensor parameter : network.parameters()) {
                assertThat(TensorValues.floats(parameter.grad())).doesNotContain(Float.NaN);
            }
            float[] vectors =
                    TensorValues.floats(network.parameters().getFirst().grad());
            assertThat(Arrays.copyOf(vectors, WIDTH))
                    .as("the vector of padding")
                    .containsOnly(0);
            assertThat(Arrays.copyOfRange(vectors, WIDTH, vectors.length))
                    .as("others")
                    .isNotEqualTo(new float[vectors.length - WIDTH]);
        }
    }

    /** Running mean and variance are those of the real steps. */
    @Test
    void batchNormLearnsNothingOfPadding() {
        try (PointerScope scope = new PointerScope()) {
            List<LayerSpec> layers = List.of(Layers.layer("batch_norm", "momentum", 0.5));
            SequentialNetwork once = network(layers);
            SequentialNetwork twice = network(layers);
            once.forward(TensorValues.of(new long[] {1, 2, 3, 4, 5, 6}, 1, 6), true);
            twice.forward(TensorValues.of(new long[] {1, 2, 3, 4, 5, 6, 0, 0, 0, 0}, 2, 5), true);
            for (int i = 0; i < 2; i++) {
                assertThat(TensorValues.floats(twice.buffers().get(i)))
                        .containsExactly(TensorValues.floats(once.buffers().get(i)), within(TOLERANCE));
            }
        }
    }

    private static void assertRowsAnswerAlone(Answer padded, Function<Answer, float[]> ask, List<LayerSpec> layers) {
        int each = padded.values().length / ROWS.length;
        for (int row = 0; row < ROWS.length; row++) {
            Answer alone = new Answer(new float[0], ROWS[row], new long[] {1, ROWS[row].length});
            float[] answered = ask.apply(alone);
            float[] inBatch =
                    Arrays.copyOfRange(padded.values(), row * each, row * each + Math.min(each, answered.length));
            assertThat(inBatch).as("row %d of %s", row, layers).containsExactly(answered, within(TOLERANCE));
        }
    }

    /** What padding's vector holds stands out, were it read. */
    private static SequentialNetwork network(List<LayerSpec> layers) {
        TorchRuntime.prepare(3);
        List<PlannedLayer> planned = plan(layers);
        SequentialNetwork network = SequentialNetwork.ofTokens(
                withEmbedding(layers), VOCABULARY, planned.getLast().output());
        try (NoGradGuard noGradients = new NoGradGuard()) {
            network.parameters().getFirst().narrow(0, 0, 1).add_(torch.full(new long[] {1, WIDTH}, new Scalar(30)));
        }
        return network;
    }

    private static List<LayerSpec> withEmbedding(List<LayerSpec> layers) {
        List<LayerSpec> all = new ArrayList<>(layers);
        all.addFirst(Layers.layer("embedding", "units", (long) WIDTH, "vocabulary_size", VOCABULARY));
        return all;
    }

    private static List<PlannedLayer> plan(List<LayerSpec> layers) {
        return LayerCatalogue.standard()
                .plan(withEmbedding(layers), Shape.tokens(Shape.ANY), Faults.ofSpec())
                .orElseThrow();
    }

    private static byte[] export(SequentialNetwork network) {
        var graph = new OnnxGraph();
        return graph.finish(network.export(graph, graph.input("tokens", network.input())), "y", network.output());
    }

    private static Tensor batch(int steps) {
        return TensorValues.of(padded(ROWS, steps), ROWS.length, steps);
    }

    private static long[] padded(long[][] rows, int steps) {
        return Stream.of(rows)
                .flatMapToLong(row -> Arrays.stream(Arrays.copyOf(row, steps)))
                .toArray();
    }

    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    private record Answer(float[] values, long[] tokens, long[] shape) {
        Answer(float[] values, Answer of) {
            this(values, of.tokens, of.shape);
        }

        static Answer of(int steps) {
            return new Answer(new float[0], padded(ROWS, steps), new long[] {ROWS.length, steps});
        }
    }
}
