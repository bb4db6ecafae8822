package io.modelmill.worker.network;

import io.modelmill.worker.data.Normalization;
import io.modelmill.worker.failure.JobFailedException;
import io.modelmill.worker.onnx.OnnxGraph;
import io.modelmill.worker.plan.LayerPlan;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * Layers one after another behind the normalisation of the features. It lives in the {@code PointerScope} in which it
 * was made.
 */
public final class FeedForwardNetwork {
    /** 1 GiB of weights: the optimiser needs up to three times as much besides, and one ONNX file holds at most 2 GiB. */
    private static final long MOST_PARAMETERS = 1L << 28;

    private final long inputWidth;
    private final Normalization normalization;
    private final Tensor shift;
    private final Tensor scale;
    private final List<Layer> layers;

    private FeedForwardNetwork(Normalization normalization, List<Layer> layers) {
        this.inputWidth = normalization.shift().length;
        this.normalization = normalization;
        this.shift = TensorValues.of(normalization.shift(), inputWidth);
        this.scale = TensorValues.of(normalization.scale(), inputWidth);
        this.layers = layers;
    }

    /**
     * Makes a network, its weights drawn from torch's generator.
     *
     * @param outputWidth what the last layer must answer for each row
     */
    public static FeedForwardNetwork create(
            LayerCatalogue catalogue, List<LayerPlan> plans, Normalization normalization, long outputWidth) {
        long inputWidth = normalization.shift().length;
        check(catalogue, plans, inputWidth, outputWidth);
        List<Layer> layers = new ArrayList<>();
        long width = inputWidth;
        for (int position = 0; position < plans.size(); position++) {
            LayerPlan plan = plans.get(position);
            Layer layer = catalogue.require(plan.type(), position).create(plan, width);
            layers.add(layer);
            width = layer.outputWidth();
        }
        return new FeedForwardNetwork(normalization, List.copyOf(layers));
    }

    private static void check(LayerCatalogue catalogue, List<LayerPlan> plans, long inputWidth, long outputWidth) {
        long parameters = 0;
        long width = inputWidth;
        for (int position = 0; position < plans.size(); position++) {
            LayerPlan plan = plans.get(position);
            LayerType type = catalogue.require(plan.type(), position);
            long next = type.outputWidth(plan, width);
            parameters = Math.addExact(parameters, type.parameterCount(plan, width));
            width = next;
        }
        if (width != outputWidth) {
            throw new JobFailedException(
                    "the network answers %d values for each row (expected: %d, as the data ask for)"
                            .formatted(width, outputWidth));
        }
        if (parameters > MOST_PARAMETERS) {
            throw new JobFailedException(
                    "the network has %,d parameters (expected: at most %,d)".formatted(parameters, MOST_PARAMETERS));
        }
        if (parameters == 0) {
            throw new JobFailedException("the network has nothing to learn (expected: at least one dense layer)");
        }
    }

    /**
     * Answers for some rows.
     *
     * @param features as in the file, {@code [batch, inputWidth()]}
     * @param training whether what acts in training only acts
     * @return {@code [batch, outputs]}; for classes these are logits
     */
    public Tensor forward(Tensor features, boolean training) {
        Tensor value =
                normalization.isIdentity() ? features : features.sub(shift).mul(scale);
        for (Layer layer : layers) {
            value = layer.forward(value, training);
        }
        return value;
    }

    /** Writes the network as it is at inference into a graph and answers the name of its output. */
    public String export(OnnxGraph graph, String input) {
        String value = input;
        if (!normalization.isIdentity()) {
            value = graph.node("Sub", value, graph.constant("shift", normalization.shift(), inputWidth));
            value = graph.node("Mul", value, graph.constant("scale", normalization.scale(), inputWidth));
        }
        for (Layer layer : layers) {
            value = layer.export(graph, value);
        }
        return value;
    }

    /** What the optimiser moves. */
    public List<Tensor> parameters() {
        return layers.stream().flatMap(layer -> layer.parameters().stream()).toList();
    }

    /** Values of each row that the network takes. */
    public long inputWidth() {
        return inputWidth;
    }

    /** Values that the network answers for each row. */
    public long outputWidth() {
        return layers.getLast().outputWidth();
    }
}
