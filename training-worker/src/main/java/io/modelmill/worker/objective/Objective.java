package io.modelmill.worker.objective;

import io.modelmill.trainingspec.fault.Fault;
import io.modelmill.trainingspec.fault.Faults;
import io.modelmill.trainingspec.network.Shape;
import io.modelmill.trainingspec.optimization.Losses;
import io.modelmill.trainingspec.setting.Choice;
import io.modelmill.trainingspec.setting.Settings;
import io.modelmill.worker.failure.JobFailedException;
import io.modelmill.worker.onnx.OnnxGraph;
import io.modelmill.worker.rows.Answers;
import java.util.List;
import java.util.stream.Collectors;
import org.bytedeco.pytorch.Tensor;

/** A loss, with all that follows from it and from what is learned. It lives in the {@code PointerScope} in which it was made. */
public final class Objective {
    private final Answers answers;
    private final String lossName;
    private final LossFunction loss;
    private final AnswerForm form;

    private Objective(Answers answers, String lossName, LossFunction loss, AnswerForm form) {
        this.answers = answers;
        this.lossName = lossName;
        this.loss = loss;
        this.form = form;
    }

    /**
     * Makes one.
     *
     * @throws JobFailedException when there is no such loss, or not of such answers
     */
    public static Objective of(Choice loss, Answers answers) {
        Faults faults = Faults.ofSpec();
        Settings settings = Losses.CATALOGUE
                .read(loss, "a loss", faults.below("loss"))
                .orElseThrow(() -> new JobFailedException(
                        faults.found().stream().map(Fault::toString).collect(Collectors.joining("; "))));
        String name = loss.type();
        return switch (answers) {
            case Answers.Classes classes -> ofClasses(name, settings, classes);
            case Answers.NextToken tokens ->
                new Objective(tokens, name, ofTokens(name, settings, true), AnswerForm.LOGITS);
            case Answers.Neighbour tokens ->
                new Objective(tokens, name, ofTokens(name, settings, false), AnswerForm.VECTORS);
            case Answers.Number number ->
                new Objective(number, name, ofNumbers(name, settings, false), AnswerForm.NUMBER);
            case Answers.Itself itself ->
                new Objective(
                        itself,
                        name,
                        ofNumbers(name, settings, true),
                        name.equals(Losses.BINARY_CROSS_ENTROPY.name())
                                ? AnswerForm.SQUASHED_RECONSTRUCTION
                                : AnswerForm.RECONSTRUCTION);
        };
    }

    private static Objective ofClasses(String name, Settings settings, Answers.Classes classes) {
        int count = classes.labels().size();
        boolean binary = name.equals(Losses.BINARY_CROSS_ENTROPY.name());
        if (!binary && !name.equals(Losses.CROSS_ENTROPY.name())) {
            throw wrong(name, "cross_entropy or binary_cross_entropy, for classes");
        }
        if (binary && count != 2) {
            throw new JobFailedException(
                    "loss.type: \"binary_cross_entropy\" of %d classes (expected: 2 classes, or cross_entropy)"
                            .formatted(count));
        }
        List<Double> weights = ClassWeights.of(settings, classes);
        double smoothing = settings.get(Losses.LABEL_SMOOTHING);
        return binary
                ? new Objective(classes, name, new BinaryCrossEntropy(weights, smoothing), AnswerForm.TWO_PROBABILITIES)
                : new Objective(classes, name, new CrossEntropy(weights, smoothing, false), AnswerForm.PROBABILITIES);
    }

    private static LossFunction ofTokens(String name, Settings settings, boolean someIgnored) {
        if (!name.equals(Losses.CROSS_ENTROPY.name())) {
            throw wrong(name, "cross_entropy, for tokens");
        }
        unweighted(settings);
        return new CrossEntropy(List.of(), settings.get(Losses.LABEL_SMOOTHING), someIgnored);
    }

    private static LossFunction ofNumbers(String name, Settings settings, boolean binaryToo) {
        if (name.equals(Losses.MEAN_SQUARED_ERROR.name())) {
            return NumberLoss.square();
        }
        if (name.equals(Losses.MEAN_ABSOLUTE_ERROR.name())) {
            return NumberLoss.absolute();
        }
        if (name.equals(Losses.HUBER.name())) {
            return NumberLoss.huber(settings.get(Losses.DELTA));
        }
        if (binaryToo && name.equals(Losses.BINARY_CROSS_ENTROPY.name())) {
            unweighted(settings);
            if (settings.get(Losses.LABEL_SMOOTHING) != 0) {
                throw new JobFailedException("loss.label_smoothing: %s (expected: not set, there are no classes)"
                        .formatted(settings.get(Losses.LABEL_SMOOTHING)));
            }
            return NumberLoss.binaryCrossEntropy();
        }
        throw wrong(
                name,
                "mean_squared_error, mean_absolute_error or huber"
                        + (binaryToo ? ", or binary_cross_entropy of values from 0 to 1" : "") + ", for numbers");
    }

    private static void unweighted(Settings settings) {
        if (!settings.get(Losses.CLASS_WEIGHTS).isEmpty()
                || !settings.get(Losses.CLASS_WEIGHTING).equals("none")) {
            throw new JobFailedException("loss.class_weights: set (expected: not set, there are no classes)");
        }
    }

    private static JobFailedException wrong(String name, String expected) {
        return new JobFailedException("loss.type: \"%s\" (expected: %s)".formatted(name, expected));
    }

    /** What is learned. */
    public Answers answers() {
        return answers;
    }

    /** What a job calls the loss. */
    public String lossName() {
        return lossName;
    }

    /**
     * What the network must answer for each row.
     *
     * @param input what it takes
     */
    public Shape output(Shape input) {
        return switch (answers) {
            case Answers.NextToken tokens -> new Shape(Shape.Element.NUMBER, List.of(input.axis(0), width(input)));
            case Answers.Itself itself -> input;
            case Answers.Classes classes -> Shape.numbers(width(input));
            case Answers.Number number -> Shape.numbers(width(input));
            case Answers.Neighbour tokens -> Shape.numbers(width(input));
        };
    }

    /** Units of the network's last dense layer; for what is its own target, values of a row. */
    public long width(Shape input) {
        return switch (answers) {
            case Answers.Classes classes ->
                form == AnswerForm.TWO_PROBABILITIES ? 1 : classes.labels().size();
            case Answers.Number number -> 1;
            case Answers.Itself itself -> input.size();
            case Answers.NextToken tokens -> tokens.vocabulary().size();
            case Answers.Neighbour tokens -> tokens.vocabulary().size();
        };
    }

    /** What the network should answer for a batch, detached: the batch's target, or its input. */
    public Tensor target(Tensor batchTarget, Tensor networkInput) {
        return answers instanceof Answers.Itself ? networkInput.detach() : batchTarget;
    }

    /** The mean loss of a batch, with gradients. */
    public Tensor loss(Tensor output, Tensor target) {
        return loss.mean(output, target);
    }

    /** The sum of the losses of a batch, to be divided by {@link #lossWeight} of it. */
    public Tensor lossSum(Tensor output, Tensor target) {
        return loss.sum(output, target);
    }

    /** What the sum of a batch's losses is divided by for their mean. */
    public double lossWeight(Tensor target) {
        return loss.weight(target);
    }

    /** A logit for each class, whatever the loss: {@code [rows, classes]}. */
    public Tensor classLogits(Tensor output) {
        return form == AnswerForm.TWO_PROBABILITIES ? AnswerForm.twoLogits(output) : output;
    }

    /** What the model answers where the network answers {@code output}. */
    public Tensor answer(Tensor output) {
        return form.answer(output);
    }

    /** Writes {@link #answer} into a graph. */
    public String exportAnswer(OnnxGraph graph, String output, Shape networkOutput) {
        return form.export(graph, output, networkOutput);
    }

    /** Whether the model answers the vectors of its first layer, and not what the loss compares. */
    public boolean answersVectors() {
        return form == AnswerForm.VECTORS;
    }

    /** Name of the model's output. */
    public String outputName() {
        return form.outputName();
    }

    /** What the model answers for each row where the network answers {@code networkOutput}. */
    public Shape answerShape(Shape networkOutput) {
        return form == AnswerForm.TWO_PROBABILITIES ? Shape.numbers(2) : networkOutput;
    }
}
