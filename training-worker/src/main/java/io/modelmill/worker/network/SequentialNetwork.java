package io.modelmill.worker.network;

import io.modelmill.trainingspec.fault.Fault;
import io.modelmill.trainingspec.fault.Faults;
import io.modelmill.trainingspec.network.LayerCatalogue;
import io.modelmill.trainingspec.network.LayerSpec;
import io.modelmill.trainingspec.network.OpenSettings;
import io.modelmill.trainingspec.network.PlannedLayer;
import io.modelmill.trainingspec.network.SequenceTypes;
import io.modelmill.trainingspec.network.Shape;
import io.modelmill.worker.failure.JobFailedException;
import io.modelmill.worker.onnx.OnnxGraph;
import java.util.List;
import java.util.Optional;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import org.bytedeco.pytorch.Tensor;

/** Layers one after another. It lives in the {@code PointerScope} in which it was made. */
public final class SequentialNetwork {
    /** 1 GiB of weights: the optimiser needs up to three times as much besides, and one ONNX file holds at most 2 GiB. */
    private static final long MOST_PARAMETERS = 1L << 28;

    private final Shape input;
    private final Shape firstOutput;
    private final Shape output;
    private final LayerChain layers;

    private SequentialNetwork(List<PlannedLayer> planned) {
        this.input = planned.getFirst().input();
        this.firstOutput = planned.getFirst().output();
        this.output = planned.getLast().output();
        this.layers = LayerBuilders.build(planned);
    }

    /**
     * Makes a network of tokens, its weights drawn from torch's generator.
     *
     * @param vocabularySize tokens of the data, for each embedding that gives none
     * @param output what the last layer must answer for each row
     * @throws JobFailedException that tells all that is wrong with the layers
     */
    public static SequentialNetwork ofTokens(List<LayerSpec> layers, long vocabularySize, Shape output) {
        Faults faults = Faults.ofSpec();
        List<LayerSpec> filled = OpenSettings.fillVocabulary(layers, vocabularySize, faults.below("network"));
        return new SequentialNetwork(plan(filled, Shape.tokens(Shape.ANY), output, faults));
    }

    /**
     * Makes a network of rows of any shape, its weights drawn from torch's generator.
     *
     * @param input what it takes for each row
     * @param output what the last layer must answer for each row
     * @throws JobFailedException that tells all that is wrong with the layers
     */
    public static SequentialNetwork of(List<LayerSpec> layers, Shape input, Shape output) {
        return new SequentialNetwork(plan(layers, input, output, Faults.ofSpec()));
    }

    private static List<PlannedLayer> plan(List<LayerSpec> layers, Shape input, Shape output, Faults faults) {
        Optional<List<PlannedLayer>> fitting = LayerCatalogue.standard().plan(layers, input, faults.below("network"));
        if (!faults.isEmpty()) {
            throw new JobFailedException(
                    faults.found().stream().map(Fault::toString).collect(Collectors.joining("; ")));
        }
        List<PlannedLayer> planned = fitting.orElseThrow();
        Shape answered = planned.getLast().output();
        if (!answered.equals(output)) {
            throw new JobFailedException("the network answers %s for each row (expected: %s, as the data ask for)"
                    .formatted(values(answered), values(output)));
        }
        checkSize(planned);
        return planned;
    }

    private static String values(Shape shape) {
        return shape.rank() == 1 ? shape.width() + " values" : shape.toString();
    }

    private static void checkSize(List<PlannedLayer> planned) {
        long parameters = sum(planned, PlannedLayer::parameters);
        if (parameters > MOST_PARAMETERS) {
            throw new JobFailedException(
                    "the network has %,d parameters (expected: at most %,d)".formatted(parameters, MOST_PARAMETERS));
        }
        if (parameters == 0) {
            throw new JobFailedException("the network has nothing to learn (expected: at least one dense layer)");
        }
        long numbers = parameters + sum(planned, SequentialNetwork::waves);
        if (numbers > MOST_PARAMETERS) {
            throw new JobFailedException(
                    "the network has %,d parameters and numbers of positional encodings (expected: at most %,d)"
                            .formatted(numbers, MOST_PARAMETERS));
        }
    }

    private static long sum(List<PlannedLayer> planned, ToLongFunction<PlannedLayer> count) {
        return planned.stream().mapToLong(count).reduce(0, Math::addExact);
    }

    /** What positional encodings keep in memory and in the file, though it is not learned. */
    private static long waves(PlannedLayer layer) {
        boolean keeps = layer.type() == SequenceTypes.POSITIONAL_ENCODING && layer.parameters() == 0;
        return keeps
                ? layer.settings().get(SequenceTypes.MAX_LENGTH) * layer.input().width()
                : sum(layer.inside(), SequentialNetwork::waves);
    }

    /**
     * Answers for some rows.
     *
     * @param {@link #input} behind the axis of the batch: 32-bit floats, or tokens as 64-bit
     *     integers with 0, which is padding, behind the end of shorter rows
     * @param training whether what acts in training only acts
     * @return {@link #output} behind the axis of the batch; for classes these are logits
     */
    public Tensor forward(Tensor rows, boolean training) {
        boolean ofTokens = input.element() == Shape.Element.TOKEN;
        return layers.forward(rows, ofTokens ? Pass.ofTokens(rows, training) : Pass.of(training));
    }

    /** Writes the network as it is at inference into a graph and answers the name of its output. */
    public String export(OnnxGraph graph, String rows) {
        boolean ofTokens = input.element() == Shape.Element.TOKEN;
        return layers.export(graph, rows, ofTokens ? ExportPass.ofTokens(graph, rows) : ExportPass.plain());
    }

    /** What the first layer makes of some rows, such as the vectors of tokens. */
    public Tensor forwardFirst(Tensor rows) {
        return layers.first().forward(rows, Pass.of(false));
    }

    /** Writes the first layer alone into a graph and answers the name of its output. */
    public String exportFirst(OnnxGraph graph, String rows) {
        return layers.first().export(graph, rows, ExportPass.plain());
    }

    /** What the first layer answers for each row. */
    public Shape firstOutput() {
        return firstOutput;
    }

    /** What the optimiser moves. */
    public List<Tensor> parameters() {
        return layers.parameters();
    }

    /** What training moves without the optimiser. */
    public List<Tensor> buffers() {
        return layers.buffers();
    }

    /** What the network takes for each row. */
    public Shape input() {
        return input;
    }

    /** What the network answers for each row. */
    public Shape output() {
        return output;
    }
}
