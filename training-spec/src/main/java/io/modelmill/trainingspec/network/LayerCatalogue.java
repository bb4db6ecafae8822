package io.modelmill.trainingspec.network;

import io.modelmill.trainingspec.fault.Faults;
import io.modelmill.trainingspec.setting.Settings;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The layers that a job may ask for. training-service refuses a network that is not made of them, or whose layers do not fit
 * together; the worker builds what passed.
 */
public final class LayerCatalogue {
    private static final int MOST_LAYERS = 200;
    private static final int DEEPEST = 4;

    private final Map<String, LayerType> types = new LinkedHashMap<>();

    private LayerCatalogue(List<LayerType> types) {
        for (LayerType type : types) {
            if (this.types.put(type.name(), type) != null) {
                throw new IllegalArgumentException("two layers are named " + type.name());
            }
        }
    }

    /** All that the trainer knows. */
    public static LayerCatalogue standard() {
        return new LayerCatalogue(List.of(
                DenseTypes.DENSE,
                DenseTypes.ACTIVATED,
                DenseTypes.DROPOUT,
                DenseTypes.FLATTEN,
                DenseTypes.RESHAPE,
                DenseTypes.BATCH_NORM,
                DenseTypes.LAYER_NORM,
                ConvolutionTypes.CONV_1D,
                ConvolutionTypes.CONV_2D,
                ConvolutionTypes.MAX_POOL,
                ConvolutionTypes.AVERAGE_POOL,
                ConvolutionTypes.GLOBAL_MAX_POOL,
                ConvolutionTypes.GLOBAL_AVERAGE_POOL,
                SequenceTypes.EMBEDDING,
                SequenceTypes.RNN,
                SequenceTypes.LSTM,
                SequenceTypes.GRU,
                SequenceTypes.SELF_ATTENTION,
                SequenceTypes.POSITIONAL_ENCODING,
                SequenceTypes.TRANSFORMER_ENCODER,
                ResidualType.RESIDUAL));
    }

    /** Names of all entries. */
    public Set<String> names() {
        return Set.copyOf(types.keySet());
    }

    /** All entries, in the order in which they are documented. */
    public List<LayerType> types() {
        return List.copyOf(types.values());
    }

    /**
     * Plans a network for rows of a shape.
     *
     * @param faults takes all that is wrong, below {@code layers[...]}; layers behind one that is wrong are checked as far as
     *     can be without their input
     * @return empty if anything is wrong
     */
    public Optional<List<PlannedLayer>> plan(List<LayerSpec> layers, Shape input, Faults faults) {
        return plan(layers, Optional.of(input), faults, 0);
    }

    /** Checks the layers as far as can be without knowing the rows. */
    public void check(List<LayerSpec> layers, Faults faults) {
        var _ = plan(layers, Optional.empty(), faults, 0);
    }

    private Optional<List<PlannedLayer>> plan(List<LayerSpec> layers, Optional<Shape> input, Faults faults, int depth) {
        if (!faults.check(
                !layers.isEmpty() && layers.size() <= MOST_LAYERS, "layers", layers.size(), "1 to " + MOST_LAYERS)) {
            return Optional.empty();
        }
        List<PlannedLayer> planned = new ArrayList<>();
        Optional<Shape> shape = input;
        for (int index = 0; index < layers.size(); index++) {
            Optional<PlannedLayer> next = plan(layers.get(index), shape, faults.below("layers", index), depth);
            next.ifPresent(planned::add);
            shape = next.map(PlannedLayer::output);
        }
        return planned.size() == layers.size() ? Optional.of(planned) : Optional.empty();
    }

    private Optional<PlannedLayer> plan(LayerSpec layer, Optional<Shape> input, Faults faults, int depth) {
        LayerType type = types.get(layer.type());
        if (type == null) {
            faults.add("type", layer.type(), "one of " + String.join(", ", types.keySet()));
            return Optional.empty();
        }
        Optional<Settings> settings =
                Settings.read("a layer " + type.name(), layer.settings(), type.settings(), faults);
        boolean nestsRightly = type.nests()
                ? faults.check(depth < DEEPEST, "layers", "residuals " + (depth + 1) + " deep", "at most " + DEEPEST)
                : faults.check(
                        layer.layers().isEmpty(),
                        "layers",
                        layer.layers().size() + " layers",
                        "none: a layer " + layer.type() + " has none inside");
        if (!nestsRightly) {
            return Optional.empty();
        }
        Optional<List<PlannedLayer>> inside =
                type.nests() ? plan(layer.layers(), input, faults, depth + 1) : Optional.of(List.of());
        if (input.isEmpty() || settings.isEmpty() || inside.isEmpty()) {
            return Optional.empty();
        }
        Shape taken = input.get();
        if (type.nests()) {
            Shape answered = inside.get().getLast().output();
            if (!faults.check(answered.equals(taken), "layers", "an output of " + answered, taken + ", as the input")) {
                return Optional.empty();
            }
        }
        return type.output(taken, settings.get(), faults)
                .map(output -> new PlannedLayer(type, settings.get(), taken, output, inside.get()));
    }
}
