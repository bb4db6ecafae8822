package io.modelmill.worker.train;

import io.modelmill.worker.model.Model;
import io.modelmill.worker.rows.Answers;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;

/** What is measured on the training rows while an epoch runs, by rows. */
final class EpochSums {
    private static final String MEASURED = "epoch_measured";
    private static final String LOSS = "epoch_loss";
    private static final String ROWS = "epoch_rows";

    private final Model model;
    private double loss;
    private double measured;
    private long rows;

    EpochSums(Model model) {
        this.model = model;
    }

    void begin() {
        loss = 0;
        measured = 0;
        rows = 0;
    }

    /** @param batchLoss its mean */
    void add(double batchLoss, long size, Tensor output, Tensor target) {
        loss += batchLoss * size;
        rows += size;
        switch (model.objective().answers()) {
            case Answers.Classes classes -> {
                Tensor logits = model.objective().classLogits(output);
                measured += logits.argmax(new LongOptional(1), false)
                        .eq(target)
                        .sum()
                        .item_long();
            }
            case Answers.Number number ->
                measured += output.sub(target).abs().sum().item_double();
            // Of so many values or tokens it would cost what a step may not.
            case Answers.Itself itself -> {}
            case Answers.NextToken tokens -> {}
            case Answers.Neighbour tokens -> {}
        }
    }

    /** Means of the epoch so far. */
    Map<String, Double> metrics() {
        Map<String, Double> metrics = new LinkedHashMap<>();
        metrics.put("loss", loss / rows);
        switch (model.objective().answers()) {
            case Answers.Classes classes -> metrics.put("accuracy", measured / rows);
            case Answers.Number number -> metrics.put("mean_absolute_error", measured / rows);
            case Answers.Itself itself -> {}
            case Answers.NextToken tokens -> {}
            case Answers.Neighbour tokens -> {}
        }
        return metrics;
    }

    double meanLoss() {
        return loss / rows;
    }

    void writeTo(Map<String, Double> numbers) {
        numbers.put(LOSS, loss);
        numbers.put(MEASURED, measured);
        numbers.put(ROWS, (double) rows);
    }

    void readFrom(io.modelmill.worker.checkpoint.TrainingState state) {
        loss = state.number(LOSS);
        measured = state.number(MEASURED);
        rows = (long) state.number(ROWS);
    }
}
