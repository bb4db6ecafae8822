package io.modelmill.worker.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.modelmill.trainingspec.network.LayerSpec;
import io.modelmill.trainingspec.network.Shape;
import io.modelmill.worker.fixture.Layers;
import io.modelmill.worker.onnx.OnnxGraph;
import io.modelmill.worker.onnx.OnnxModel;
import io.modelmill.worker.train.TorchRuntime;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

/** A network of tokens with causal attention answers a number for each token of the vocabulary behind each step. */
@SuppressWarnings("try") // The scope frees what is made while it is open.
class LanguageModelTest {
    private static final int VOCABULARY = 20;
    private static final long[] TOKENS = {4, 9, 1, 7, 7, 18, 3, 2};
    private static final List<LayerSpec> LAYERS = List.of(
            Layers.layer("embedding", "units", 12L),
            Layers.layer("positional_encoding", "max_length", 32L),
            Layers.layer("transformer_encoder", "heads", 2L, "units", 24L, "causal", true),
            Layers.layer("transformer_encoder", "heads", 3L, "units", 24L, "causal", true),
            Layers.layer("layer_norm"),
            Layers.dense(VOCABULARY));

    @Test
    void answersTheVocabularyBehindEachStep() {
        try (PointerScope scope = new PointerScope();
                NoGradGuard noGradients = new NoGradGuard()) {
            SequentialNetwork network = network();
            Tensor answer = network.forward(TensorValues.of(TOKENS, 2, 4), false);
            assertThat(new long[] {answer.size(0), answer.size(1), answer.size(2)})
                    .containsExactly(2, 4, VOCABULARY);
            try (OnnxModel model = OnnxModel.load(export(network))) {
                for (long rows : new long[] {1, 2, 4, 8}) {
                    long steps = TOKENS.length / rows;
                    float[] wanted = TensorValues.floats(network.forward(TensorValues.of(TOKENS, rows, steps), false));
                    assertThat(model.predict(TOKENS, rows, steps)).containsExactly(wanted, within(1e-4f));
                }
            }
        }
    }

    /** Each step in turn is made another: what was answered before it stays as it was, and from it on changes. */
    @Test
    void seesNoLaterToken() {
        try (PointerScope scope = new PointerScope();
                NoGradGuard noGradients = new NoGradGuard()) {
            SequentialNetwork network = network();
            try (OnnxModel model = OnnxModel.load(export(network))) {
                float[] before = TensorValues.floats(network.forward(TensorValues.of(TOKENS, 1, 8), false));
                for (int step = 0; step < TOKENS.length; step++) {
                    long[] changed = TOKENS.clone();
                    changed[step] = 11;
                    assertChangesFrom(
                            step, before, TensorValues.floats(network.forward(TensorValues.of(changed, 1, 8), false)));
                    assertChangesFrom(step, before, model.predict(changed, 1, 8));
                }
            }
        }
    }

    private static void assertChangesFrom(int step, float[] before, float[] after) {
        int end = step * VOCABULARY;
        assertThat(Arrays.copyOf(after, end)).containsExactly(Arrays.copyOf(before, end), within(1e-5f));
        for (int later = step; later < TOKENS.length; later++) {
            int from = later * VOCABULARY;
            assertThat(Arrays.copyOfRange(after, from, from + VOCABULARY))
                    .as("step %d", later)
                    .isNotEqualTo(Arrays.copyOfRange(before, from, from + VOCABULARY));
        }
    }

    private static SequentialNetwork network() {
        TorchRuntime.prepare(5);
        return SequentialNetwork.ofTokens(LAYERS, VOCABULARY, Shape.numbers(Shape.ANY, VOCABULARY));
    }

    private static byte[] export(SequentialNetwork network) {
        var graph = new OnnxGraph();
        return graph.finish(
                network.export(graph, graph.input("input_ids", network.input())), "logits", network.output());
    }
}
