package io.modelmill.worker.network;

import io.modelmill.trainingspec.network.DenseTypes;
import io.modelmill.trainingspec.network.PlannedLayer;
import io.modelmill.trainingspec.network.SequenceTypes;
import io.modelmill.trainingspec.network.Shape;
import io.modelmill.worker.onnx.OnnxGraph;
import java.util.List;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;

/** Self-attention and a feed-forward part, each normalised before and added to what came. */
final class TransformerEncoderLayer implements Layer {
    private static final double EPSILON = 1e-5;

    private final LayerNormLayer attentionNorm;
    private final SelfAttentionLayer attention;
    private final LayerNormLayer feedForwardNorm;
    private final Linear widen;
    private final Activation activation;
    private final Linear narrow;
    private final DropoutLayer dropout;
    private final Shape widened;

    TransformerEncoderLayer(PlannedLayer planned) {
        long width = planned.input().width();
        long units = planned.settings().get(DenseTypes.UNITS);
        this.attentionNorm = new LayerNormLayer(width, EPSILON);
        this.attention = new SelfAttentionLayer(planned);
        this.feedForwardNorm = new LayerNormLayer(width, EPSILON);
        this.widen = new Linear("kaiming_uniform", width, units, false);
        this.activation = Activation.require(planned.settings().get(DenseTypes.ACTIVATION));
        this.narrow = new Linear("xavier_uniform", units, width, false);
        this.dropout = new DropoutLayer(planned.settings().get(SequenceTypes.OPTIONAL_RATE));
        this.widened = planned.input().withWidth(units);
    }

    @Override
    public Tensor forward(Tensor input, Pass pass) {
        Tensor attended = attention.forward(attentionNorm.forward(input, pass), pass);
        Tensor value = input.add(dropout.forward(attended, pass));
        Tensor inner = activation.apply(widen.forward(feedForwardNorm.forward(value, pass), pass));
        Tensor fed = narrow.forward(dropout.forward(inner, pass), pass);
        return value.add(dropout.forward(fed, pass));
    }

    @Override
    public String export(OnnxGraph graph, String input, ExportPass pass) {
        String attended = attention.export(graph, attentionNorm.export(graph, input, pass), pass);
        String value = graph.node("Add", input, attended);
        String inner = widen.export(graph, feedForwardNorm.export(graph, value, pass), pass);
        String fed = narrow.export(graph, activation.export(graph, inner, widened), pass);
        return graph.node("Add", value, fed);
    }

    @Override
    public List<Tensor> parameters() {
        return Stream.of(attentionNorm, attention, feedForwardNorm, widen, narrow)
                .flatMap(part -> part.parameters().stream())
                .toList();
    }
}
