package io.modelmill.trainingspec.network;

import io.modelmill.trainingspec.fault.Faults;
import io.modelmill.trainingspec.setting.Setting;
import io.modelmill.trainingspec.setting.Settings;
import java.util.List;
import java.util.Optional;

/** Layers of sequences. */
public final class SequenceTypes {
    /** Entries of the vocabulary that an embedding has a vector for; 0 takes those of the data. */
    public static final Setting<Long> VOCABULARY = Setting.whole("vocabulary_size", 0L, 0, 10_000_000);

    /** Whether the steps are read from both ends. */
    public static final Setting<Boolean> BIDIRECTIONAL = Setting.flag("bidirectional");

    /** Whether each step is answered, and not the last alone. */
    public static final Setting<Boolean> RETURN_SEQUENCES = Setting.flag("return_sequences");

    /** Parts of the features that attend on their own. */
    public static final Setting<Long> HEADS = Setting.whole("heads", null, 1, 256);

    /** Whether a step sees those before it alone. */
    public static final Setting<Boolean> CAUSAL = Setting.flag("causal");

    public static final Setting<String> ENCODING = Setting.choice("encoding", "sinusoidal", "sinusoidal", "learned");

    /** Most steps of a sequence. */
    public static final Setting<Long> MAX_LENGTH = Setting.whole("max_length", 512L, 1, 65_536);

    /** Dropped while training; none unless it is set. */
    public static final Setting<Double> OPTIONAL_RATE = Setting.fraction("rate", 0.0);

    private static final Setting<String> FEED_FORWARD_ACTIVATION = Setting.choice("activation", "relu", "relu", "gelu");
    private static final int LSTM_GATES = 4;
    private static final int GRU_GATES = 3;

    /** A vector for each token. */
    public static final LayerType EMBEDDING = new NamedLayerType("embedding", List.of(DenseTypes.UNITS, VOCABULARY)) {
        @Override
        public Optional<Shape> output(Shape input, Settings settings, Faults faults) {
            return faults.check(
                            input.element() == Shape.Element.TOKEN,
                            "type",
                            "an input of " + input,
                            "tokens, at the begin")
                    ? Optional.of(Shape.numbers(input.axis(0), settings.get(DenseTypes.UNITS)))
                    : Optional.empty();
        }

        @Override
        public long parameters(Shape input, Settings settings) {
            return Math.multiplyExact(settings.get(VOCABULARY), settings.get(DenseTypes.UNITS));
        }
    };

    public static final LayerType RNN = new Recurrent("rnn", 1);
    public static final LayerType LSTM = new Recurrent("lstm", LSTM_GATES);
    public static final LayerType GRU = new Recurrent("gru", GRU_GATES);

    /** Multi-head self-attention: each step is a mixture of all that it sees. */
    public static final LayerType SELF_ATTENTION =
            new NamedLayerType("self_attention", List.of(HEADS, CAUSAL, OPTIONAL_RATE)) {
                @Override
                public Optional<Shape> output(Shape input, Settings settings, Faults faults) {
                    return Rule.sequence(input, faults) && divides(input, settings, faults)
                            ? Optional.of(input)
                            : Optional.empty();
                }

                @Override
                public long parameters(Shape input, Settings settings) {
                    return attention(input.width());
                }
            };

    /** Adds to each step what tells where it stands. */
    public static final LayerType POSITIONAL_ENCODING =
            new NamedLayerType("positional_encoding", List.of(ENCODING, MAX_LENGTH)) {
                @Override
                public Optional<Shape> output(Shape input, Settings settings, Faults faults) {
                    boolean takes = Rule.sequence(input, faults)
                            && faults.check(
                                    input.axis(0) <= settings.get(MAX_LENGTH),
                                    MAX_LENGTH.name(),
                                    settings.get(MAX_LENGTH),
                                    "at least " + input.axis(0) + ", the input's steps");
                    return takes ? Optional.of(input) : Optional.empty();
                }

                @Override
                public long parameters(Shape input, Settings settings) {
                    return settings.get(ENCODING).equals("learned")
                            ? Math.multiplyExact(settings.get(MAX_LENGTH), input.width())
                            : 0;
                }
            };

    /** Self-attention and a feed-forward part of so many units, each normalised before and added to what came. */
    public static final LayerType TRANSFORMER_ENCODER =
            new NamedLayerType(
                    "transformer_encoder",
                    List.of(HEADS, DenseTypes.UNITS, FEED_FORWARD_ACTIVATION, CAUSAL, OPTIONAL_RATE)) {
                @Override
                public Optional<Shape> output(Shape input, Settings settings, Faults faults) {
                    return Rule.sequence(input, faults) && divides(input, settings, faults)
                            ? Optional.of(input)
                            : Optional.empty();
                }

                @Override
                public long parameters(Shape input, Settings settings) {
                    long width = input.width();
                    long units = settings.get(DenseTypes.UNITS);
                    long feedForward = Math.addExact(Math.multiplyExact(2 * width, units), units + width);
                    return Math.addExact(Math.addExact(attention(width), feedForward), 4 * width);
                }
            };

    private SequenceTypes() {}

    private static boolean divides(Shape input, Settings settings, Faults faults) {
        long heads = settings.get(HEADS);
        return faults.check(
                input.width() % heads == 0,
                HEADS.name(),
                heads,
                "a divisor of " + input.width() + ", the input's features");
    }

    /** Query, key, value and output, each with a bias. */
    private static long attention(long width) {
        return Math.multiplyExact(4 * width, width + 1);
    }

    /** Reads the steps one after another and keeps a state. */
    private static final class Recurrent extends NamedLayerType {
        private final int gates;

        Recurrent(String name, int gates) {
            super(name, List.of(DenseTypes.UNITS, BIDIRECTIONAL, RETURN_SEQUENCES));
            this.gates = gates;
        }

        @Override
        public Optional<Shape> output(Shape input, Settings settings, Faults faults) {
            if (!Rule.sequence(input, faults)) {
                return Optional.empty();
            }
            long width = settings.get(DenseTypes.UNITS) * directions(settings);
            return Optional.of(settings.get(RETURN_SEQUENCES) ? input.withWidth(width) : Shape.numbers(width));
        }

        @Override
        public long parameters(Shape input, Settings settings) {
            long units = settings.get(DenseTypes.UNITS);
            // Two biases, as the weights of input and state have one each.
            long gate = Math.multiplyExact(units, input.width() + units + 2);
            return Math.multiplyExact(gates * directions(settings), gate);
        }

        private static long directions(Settings settings) {
            return settings.get(BIDIRECTIONAL) ? 2 : 1;
        }
    }
}
