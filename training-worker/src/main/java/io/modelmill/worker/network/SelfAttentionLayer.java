package io.modelmill.worker.network;

import io.modelmill.trainingspec.network.PlannedLayer;
import io.modelmill.trainingspec.network.SequenceTypes;
import io.modelmill.worker.onnx.OnnxGraph;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Multi-head self-attention: each step of {@code [steps, features]} is a mixture of all that it sees. Padding is not seen: where
 * only steps before are, it stands behind all that a real step sees.
 */
final class SelfAttentionLayer implements Layer {
    private static final int PARTS = 3;

    private final long width;
    private final long heads;
    private final boolean causal;
    private final double rate;
    /** Query, key and value of all heads from one product. */
    private final Linear parts;

    private final Linear output;

    SelfAttentionLayer(PlannedLayer planned) {
        this.width = planned.input().width();
        this.heads = planned.settings().get(SequenceTypes.HEADS);
        this.causal = planned.settings().get(SequenceTypes.CAUSAL);
        this.rate = planned.settings().get(SequenceTypes.OPTIONAL_RATE);
        // Each part is drawn as if it stood alone.
        this.parts = new Linear(Weights.drawn("xavier_uniform", width, width, PARTS * width, width), false);
        this.output = new Linear("xavier_uniform", width, width, false);
    }

    @Override
    public Tensor forward(Tensor input, Pass pass) {
        long batch = input.size(0);
        long steps = input.size(1);
        Optional<Tensor> seen = causal ? Optional.empty() : pass.lengths().map(lengths -> seen(lengths, steps));
        TensorVector chunks = parts.forward(input, pass).chunk(PARTS, -1);
        Tensor mixed = torch.scaled_dot_product_attention(
                split(chunks.get(0), batch, steps),
                split(chunks.get(1), batch, steps),
                split(chunks.get(2), batch, steps),
                seen.map(TensorOptional::new).orElseGet(TensorOptional::new),
                pass.training() ? rate : 0,
                causal,
                new DoubleOptional(),
                false);
        return output.forward(mixed.transpose(1, 2).reshape(batch, steps, width), pass);
    }

    @Override
    public String export(OnnxGraph graph, String input, ExportPass pass) {
        List<String> chunks = graph.nodes("Split", PARTS, Map.of("axis", -1L), parts.export(graph, input, pass));
        String query = graph.transpose(split(graph, chunks.get(0)), 0, 2, 1, 3);
        String key = graph.transpose(split(graph, chunks.get(1)), 0, 2, 3, 1);
        String value = graph.transpose(split(graph, chunks.get(2)), 0, 2, 1, 3);
        String factor =
                graph.constant("attention_scale", new float[] {(float) (1 / Math.sqrt((double) width / heads))});
        String scores = graph.node("Mul", graph.node("MatMul", query, key), factor);
        if (causal) {
            scores = graph.node("Add", scores, laterSteps(graph, input));
        } else if (pass.lengths().isPresent()) {
            scores = graph.node("Add", scores, pass.lengths().get().unseen(input));
        }
        String mixed = graph.node("MatMul", graph.node("Softmax", Map.of("axis", -1L), scores), value);
        return output.export(graph, graph.reshape(graph.transpose(mixed, 0, 2, 1, 3), 0, 0, width), pass);
    }

    @Override
    public List<Tensor> parameters() {
        return Stream.of(parts, output)
                .flatMap(part -> part.parameters().stream())
                .toList();
    }

    /** {@code [batch, 1, 1, steps]}: no step is a mixture of padding. */
    private static Tensor seen(Lengths lengths, long steps) {
        return lengths.real(steps).unsqueeze(1).unsqueeze(1);
    }

    private Tensor split(Tensor part, long batch, long steps) {
        return part.reshape(batch, steps, heads, width / heads).transpose(1, 2);
    }

    private String split(OnnxGraph graph, String part) {
        return graph.reshape(part, 0, 0, heads, width / heads);
    }

    /** {@code [steps, steps]}: minus infinity where the second is later than the first, 0 elsewhere. */
    private static String laterSteps(OnnxGraph graph, String input) {
        String steps = graph.length(input, 1);
        String square = graph.node("Concat", Map.of("axis", 0L), steps, steps);
        String unseen = graph.constant("unseen", new float[] {Float.NEGATIVE_INFINITY}, 1, 1);
        String aboveDiagonal = graph.constant("above_diagonal", new long[] {1});
        return graph.node("Trilu", Map.of("upper", 1L), graph.node("Expand", unseen, square), aboveDiagonal);
    }
}
