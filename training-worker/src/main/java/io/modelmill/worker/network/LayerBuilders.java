package io.modelmill.worker.network;

import static java.util.Map.entry;

import io.modelmill.trainingspec.network.ConvolutionTypes;
import io.modelmill.trainingspec.network.DenseTypes;
import io.modelmill.trainingspec.network.PlannedLayer;
import io.modelmill.trainingspec.network.SequenceTypes;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** Builds what the catalogue of layers plans. A new entry of the catalogue is one more class and one more line here. */
public final class LayerBuilders {
    private static final Map<String, Function<PlannedLayer, Layer>> BUILDERS = Map.ofEntries(
            entry(DenseTypes.DENSE.name(), DenseLayer::new),
            entry(DenseTypes.ACTIVATED.name(), ActivationLayer::new),
            entry(DenseTypes.DROPOUT.name(), DropoutLayer::new),
            entry(DenseTypes.FLATTEN.name(), layer -> new FlattenLayer()),
            entry(DenseTypes.RESHAPE.name(), ReshapeLayer::new),
            entry(DenseTypes.BATCH_NORM.name(), BatchNormLayer::new),
            entry(DenseTypes.LAYER_NORM.name(), LayerNormLayer::new),
            entry(ConvolutionTypes.CONV_1D.name(), ConvolutionLayer::new),
            entry(ConvolutionTypes.CONV_2D.name(), ConvolutionLayer::new),
            entry(ConvolutionTypes.MAX_POOL.name(), PoolLayer::max),
            entry(ConvolutionTypes.AVERAGE_POOL.name(), PoolLayer::average),
            entry(ConvolutionTypes.GLOBAL_MAX_POOL.name(), GlobalPoolLayer::max),
            entry(ConvolutionTypes.GLOBAL_AVERAGE_POOL.name(), GlobalPoolLayer::average),
            entry(SequenceTypes.EMBEDDING.name(), EmbeddingLayer::new),
            entry(SequenceTypes.RNN.name(), layer -> new RecurrentLayer(layer, Cell.RNN)),
            entry(SequenceTypes.LSTM.name(), layer -> new RecurrentLayer(layer, Cell.LSTM)),
            entry(SequenceTypes.GRU.name(), layer -> new RecurrentLayer(layer, Cell.GRU)),
            entry(SequenceTypes.SELF_ATTENTION.name(), SelfAttentionLayer::new),
            entry(SequenceTypes.POSITIONAL_ENCODING.name(), PositionalEncodingLayer::new),
            entry(SequenceTypes.TRANSFORMER_ENCODER.name(), TransformerEncoderLayer::new),
            entry("residual", layer -> new ResidualLayer(build(layer.inside()))));

    private LayerBuilders() {}

    /** Makes a layer, its weights drawn from torch's generator. */
    public static Layer build(PlannedLayer planned) {
        Function<PlannedLayer, Layer> builder = BUILDERS.get(planned.type().name());
        if (builder == null) {
            throw new IllegalArgumentException("no builder of " + planned.type().name());
        }
        return builder.apply(planned);
    }

    /** Makes layers in their order. */
    static LayerChain build(List<PlannedLayer> planned) {
        return new LayerChain(planned.stream().map(LayerBuilders::build).toList());
    }

    /** Names of the entries that can be built. */
    public static Set<String> names() {
        return BUILDERS.keySet();
    }
}
