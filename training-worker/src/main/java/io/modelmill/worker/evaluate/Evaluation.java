package io.modelmill.worker.evaluate;

import io.modelmill.trainingspec.network.Shape;
import io.modelmill.worker.failure.JobFailedException;
import io.modelmill.worker.model.Model;
import io.modelmill.worker.objective.Objective;
import io.modelmill.worker.rows.Answers;
import io.modelmill.worker.rows.Batch;
import io.modelmill.worker.rows.RowSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.LongStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/** Measures a model, as it is at inference, on rows that are read as they are needed. */
public final class Evaluation {
    /** Rows at once at most. */
    private static final long MOST_ROWS = 1024;

    /** Numbers that the network answers at once at most: 64 MiB, and a few times that on the way. */
    private static final long MOST_NUMBERS = 16L << 20;

    private final Measures measures;
    private double loss;
    private double weight;

    private Evaluation(Measures measures) {
        this.measures = measures;
    }

    /**
     * Measures what costs little: the loss among it.
     *
     * @param rows at least one
     * @param batchSize rows that training takes at once, and memory therefore bears
     * @param between called before each batch; what it throws ends the measuring
     */
    public static Evaluation brief(Model model, RowSet rows, int batchSize, Runnable between) {
        return measure(model, rows, batchSize, between, false);
    }

    /** Measures all. */
    public static Evaluation full(Model model, RowSet rows, int batchSize, Runnable between) {
        return measure(model, rows, batchSize, between, true);
    }

    @SuppressWarnings("try") // The scope frees what is made while it is open.
    private static Evaluation measure(Model model, RowSet rows, int batchSize, Runnable between, boolean full) {
        Objective objective = model.objective();
        var evaluation = new Evaluation(measures(objective, full));
        long step = rowsAtOnce(model, batchSize);
        for (long start = 0; start < rows.count(); start += step) {
            between.run();
            try (PointerScope scope = new PointerScope();
                    NoGradGuard noGradients = new NoGradGuard()) {
                Batch batch = rows.read(LongStream.range(start, Math.min(rows.count(), start + step))
                        .toArray());
                Tensor input = model.input(batch);
                Tensor target = model.target(batch, input);
                Tensor output = model.network().forward(input, false);
                evaluation.loss += objective.lossSum(output, target).item_double();
                evaluation.weight += objective.lossWeight(target);
                evaluation.measures.add(output, target);
            }
        }
        return evaluation;
    }

    /** So many rows that the network's output is bounded; of rows of any length as many as training takes. */
    public static long rowsAtOnce(Model model, int batchSize) {
        Shape output = model.network().output();
        return output.isFixed() ? Math.clamp(MOST_NUMBERS / output.size(), 1, MOST_ROWS) : batchSize;
    }

    private static Measures measures(Objective objective, boolean full) {
        return switch (objective.answers()) {
            case Answers.Classes classes -> new ClassMeasures(objective, classes, full);
            case Answers.Number number -> new NumberMeasures(objective);
            case Answers.Itself itself -> new NumberMeasures(objective);
            case Answers.NextToken tokens ->
                new TokenMeasures(tokens.vocabulary().size(), full);
            case Answers.Neighbour tokens ->
                new TokenMeasures(tokens.vocabulary().size(), full);
        };
    }

    /** The mean of the objective's loss. */
    public double loss() {
        return loss / weight;
    }

    /**
     * The loss and what costs little.
     *
     * @param prefix of the names, such as {@code validation_}
     */
    public Map<String, Double> briefMetrics(String prefix) {
        return prefixed(prefix, measures.brief());
    }

    /**
     * The loss and all other measures that are one number, and those of the baseline.
     *
     * @param prefix of the names, such as {@code test_}; the baseline's begin with {@code baseline_}
     * @throws JobFailedException when one is no finite number
     */
    public Map<String, Double> metrics(String prefix) {
        Map<String, Double> metrics = prefixed(prefix, measures.full());
        measures.baseline().forEach((name, value) -> metrics.put("baseline_" + name, value));
        metrics.forEach((name, value) -> {
            if (!Double.isFinite(value)) {
                throw new JobFailedException(
                        "%s is %s (expected: a finite number): try a lower learning_rate or a normalization"
                                .formatted(name, value));
            }
        });
        return metrics;
    }

    private Map<String, Double> prefixed(String prefix, Map<String, Double> named) {
        Map<String, Double> metrics = new LinkedHashMap<>();
        metrics.put(prefix + "loss", loss());
        named.forEach((name, value) -> metrics.put(prefix + name, value));
        return metrics;
    }

    /** What the baseline answers, in words. */
    public String baselineAnswer() {
        return measures.baselineAnswer();
    }

    /** What is no single number: maps, lists, texts and numbers. */
    public Map<String, Object> details() {
        return measures.details();
    }
}
