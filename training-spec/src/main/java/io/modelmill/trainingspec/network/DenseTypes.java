package io.modelmill.trainingspec.network;

import io.modelmill.trainingspec.fault.Faults;
import io.modelmill.trainingspec.setting.Setting;
import io.modelmill.trainingspec.setting.Settings;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Layers that treat each value, or each row of the last axis, alike. */
public final class DenseTypes {
    /** Outputs of a dense layer, or the width of what a layer answers for each step. */
    public static final Setting<Long> UNITS = Setting.whole("units", null, 1, 65_536);

    private static final List<String> FUNCTIONS =
            List.of("relu", "leaky_relu", "elu", "selu", "gelu", "silu", "sigmoid", "tanh", "softplus", "softmax");

    public static final Setting<String> ACTIVATION = Setting.choice(
            "activation",
            "none",
            Stream.concat(Stream.of("none"), FUNCTIONS.stream()).toArray(String[]::new));

    /** How weights begin. */
    public static final Setting<String> INITIALIZER = Setting.choice(
            "initializer",
            "kaiming_uniform",
            "kaiming_uniform",
            "kaiming_normal",
            "xavier_uniform",
            "xavier_normal",
            "normal",
            "zeros");

    public static final Setting<Double> RATE = Setting.fraction("rate", null);

    /** Added to a variance before it divides. */
    public static final Setting<Double> EPSILON = Setting.positive("epsilon", 1e-5);

    public static final Setting<Double> MOMENTUM = Setting.fraction("momentum", 0.1);

    public static final Setting<List<Long>> SHAPE = Setting.lengths("shape", null, 1 << 20);

    private DenseTypes() {}

    /** Every output is a weighted sum of all inputs and a bias, then an activation; for each step of a sequence alike. */
    public static final LayerType DENSE = new NamedLayerType("dense", List.of(UNITS, ACTIVATION, INITIALIZER)) {
        @Override
        public Optional<Shape> output(Shape input, Settings settings, Faults faults) {
            boolean takes = Rule.numbers(input, faults)
                    && faults.check(
                            !input.isImage(),
                            "type",
                            "an input of " + input,
                            "a row or a sequence: flatten must come before");
            return takes ? Optional.of(input.withWidth(settings.get(UNITS))) : Optional.empty();
        }

        @Override
        public long parameters(Shape input, Settings settings) {
            return Math.multiplyExact(input.width() + 1, settings.get(UNITS));
        }
    };

    /** A function of each value. */
    public static final LayerType ACTIVATED =
            new Same("activation", List.of(Setting.choice("activation", null, FUNCTIONS.toArray(String[]::new))));

    /** Sets a fraction of the values to zero while training. */
    public static final LayerType DROPOUT = new Same("dropout", List.of(RATE));

    /** Each value of the last axis less its mean, by its deviation, then scaled and shifted. */
    public static final LayerType LAYER_NORM = new Same("layer_norm", List.of(EPSILON)) {
        @Override
        public long parameters(Shape input, Settings settings) {
            return 2 * input.width();
        }
    };

    /** Each channel of an image, or each feature, less its mean over the batch, by its deviation, then scaled and shifted. */
    public static final LayerType BATCH_NORM = new Same("batch_norm", List.of(EPSILON, MOMENTUM)) {
        @Override
        public long parameters(Shape input, Settings settings) {
            return 2 * (input.isImage() ? input.axis(0) : input.width());
        }
    };

    /** All values of a row in one axis. */
    public static final LayerType FLATTEN = new Same("flatten", List.of()) {
        @Override
        public Optional<Shape> output(Shape input, Settings settings, Faults faults) {
            boolean takes = Rule.numbers(input, faults)
                    && faults.check(input.isFixed(), "type", "an input of " + input, "rows of one size");
            return takes ? Optional.of(Shape.numbers(input.size())) : Optional.empty();
        }
    };

    /** The values of a row in other axes, such as an image's of a table's columns. */
    public static final LayerType RESHAPE = new Same("reshape", List.of(SHAPE)) {
        @Override
        public Optional<Shape> output(Shape input, Settings settings, Faults faults) {
            if (!Rule.numbers(input, faults)
                    || !faults.check(input.isFixed(), "type", "an input of " + input, "rows of one size")) {
                return Optional.empty();
            }
            Shape wanted = new Shape(Shape.Element.NUMBER, settings.get(SHAPE));
            return faults.check(
                            wanted.size() == input.size(),
                            "shape",
                            wanted + " of " + wanted.size() + " values",
                            "axes of " + input.size() + " values, as the input " + input + " has")
                    ? Optional.of(wanted)
                    : Optional.empty();
        }
    };

    /** A layer of numbers that leaves the shape, or says otherwise. */
    private static class Same extends NamedLayerType {
        Same(String name, List<Setting<?>> settings) {
            super(name, settings);
        }

        @Override
        public Optional<Shape> output(Shape input, Settings values, Faults faults) {
            return Rule.numbers(input, faults) ? Optional.of(input) : Optional.empty();
        }

        @Override
        public long parameters(Shape input, Settings values) {
            return 0;
        }
    }
}
