package io.modelmill.worker.model;

import io.modelmill.trainingspec.fault.Fault;
import io.modelmill.trainingspec.fault.Faults;
import io.modelmill.trainingspec.network.LayerSpec;
import io.modelmill.trainingspec.network.OpenSettings;
import io.modelmill.trainingspec.network.Shape;
import io.modelmill.worker.failure.JobFailedException;
import io.modelmill.worker.network.SequentialNetwork;
import io.modelmill.worker.objective.Objective;
import io.modelmill.worker.onnx.OnnxGraph;
import io.modelmill.worker.rows.Answers;
import io.modelmill.worker.rows.Batch;
import io.modelmill.worker.rows.InputStage;
import java.util.List;
import java.util.stream.Collectors;
import org.bytedeco.pytorch.Tensor;

/** What is trained and exported. It lives in the {@code PointerScope} in which it was made. */
public final class Model {
    private final InputStage stage;
    private final SequentialNetwork network;
    private final Objective objective;

    private Model(InputStage stage, SequentialNetwork network, Objective objective) {
        this.stage = stage;
        this.network = network;
        this.objective = objective;
    }

    /**
     * Makes a model, its weights drawn from torch's generator.
     *
     * @param layers what they leave to the data, the units of the last dense one and the entries of embeddings, is filled in
     * @throws JobFailedException that tells all that is wrong with the layers for these data
     */
    public static Model of(List<LayerSpec> layers, InputStage stage, Objective objective) {
        Faults faults = Faults.ofSpec();
        List<LayerSpec> filled = fill(layers, stage, objective, faults.below("network"));
        if (!faults.isEmpty()) {
            throw new JobFailedException(
                    faults.found().stream().map(Fault::toString).collect(Collectors.joining("; ")));
        }
        Shape input = stage.output();
        return new Model(stage, SequentialNetwork.of(filled, input, objective.output(input)), objective);
    }

    private static List<LayerSpec> fill(List<LayerSpec> layers, InputStage stage, Objective objective, Faults faults) {
        Shape input = stage.output();
        List<LayerSpec> known = input.element() == Shape.Element.TOKEN
                ? OpenSettings.fillVocabulary(layers, stage.vocabularySize(), faults)
                : layers;
        boolean open = OpenSettings.lastDense(known).stream()
                .anyMatch(last -> !known.get(last).settings().containsKey("units"));
        // Behind the last dense layer of an autoencoder there may be others, which make its output as large as its
        // input.
        boolean free = objective.answers() instanceof Answers.Itself && !open;
        return free ? known : OpenSettings.fillUnits(known, objective.width(input), why(objective.answers()), faults);
    }

    private static String why(Answers answers) {
        return switch (answers) {
            case Answers.Classes classes -> "for " + classes.labels().size() + " classes";
            case Answers.Number number -> "for one number";
            case Answers.Itself itself -> "the values of a row";
            case Answers.NextToken tokens -> "the tokens of the vocabulary";
            case Answers.Neighbour tokens -> "the tokens of the vocabulary";
        };
    }

    /** What the network takes for a batch. */
    public Tensor input(Batch batch) {
        return stage.forward(batch.inputs());
    }

    /** What the network should answer for a batch whose {@link #input} this is. */
    public Tensor target(Batch batch, Tensor input) {
        return objective.target(batch.target(), input);
    }

    /** What the exported model answers for a batch. */
    public Tensor answer(Batch batch) {
        Tensor input = input(batch);
        return objective.answersVectors()
                ? network.forwardFirst(input)
                : objective.answer(network.forward(input, false));
    }

    /** What the exported model answers for each row. */
    public Shape answerShape() {
        return objective.answersVectors() ? network.firstOutput() : objective.answerShape(network.output());
    }

    /** Writes the whole model as ONNX. */
    public byte[] export() {
        var graph = new OnnxGraph();
        String input = stage.export(graph);
        String answer = objective.answersVectors()
                ? network.exportFirst(graph, input)
                : objective.exportAnswer(graph, network.export(graph, input), network.output());
        return graph.finish(answer, objective.outputName(), answerShape());
    }

    public SequentialNetwork network() {
        return network;
    }

    public Objective objective() {
        return objective;
    }
}
