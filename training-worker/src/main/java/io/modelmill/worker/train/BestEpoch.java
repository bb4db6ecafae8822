package io.modelmill.worker.train;

import io.modelmill.trainingspec.job.TrainingSpec.EarlyStopping;
import io.modelmill.worker.checkpoint.TrainingState;
import io.modelmill.worker.failure.JobFailedException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/** The weights of the epoch that was best, and how long ago that was. It lives in the scope in which it was made. */
final class BestEpoch {
    private static final String VALUE = "best_value";
    private static final String EPOCH = "best_epoch";
    private static final String TENSOR = "best_";

    private final EarlyStopping early;
    private final boolean lessIsBetter;
    private final List<Tensor> live;
    private final List<Tensor> best = new ArrayList<>();
    private double value;
    private int epoch;

    /** @param live what is trained: the parameters, and what training moves beside them */
    BestEpoch(EarlyStopping early, List<Tensor> live) {
        this.early = early;
        this.lessIsBetter = early.metric().endsWith("_loss");
        this.live = List.copyOf(live);
        // Until an epoch is over they are as they began.
        live.forEach(tensor -> best.add(tensor.detach().clone()));
        this.value = lessIsBetter ? Double.POSITIVE_INFINITY : Double.NEGATIVE_INFINITY;
    }

    /** Takes an epoch's measures. */
    void epochEnded(int ended, Map<String, Double> metrics) {
        Double measured = metrics.get(early.metric());
        if (measured == null) {
            throw new JobFailedException("early_stopping.metric: \"%s\" (expected: one of %s)"
                    .formatted(
                            early.metric(),
                            metrics.keySet().stream()
                                    .filter(name -> name.startsWith("validation_"))
                                    .toList()));
        }
        double gain = lessIsBetter ? value - measured : measured - value;
        // No number is no gain.
        if (gain > early.minDelta()) {
            value = measured;
            epoch = ended;
            copy(live, best);
        }
    }

    /** Whether it was too long ago. */
    boolean isOver(int epochsDone) {
        return epochsDone - epoch >= early.patience();
    }

    /** Takes its weights back. */
    int restore() {
        copy(best, live);
        return epoch;
    }

    private static void copy(List<Tensor> from, List<Tensor> to) {
        for (int i = 0; i < from.size(); i++) {
            to.get(i).copy_(from.get(i));
        }
    }

    void writeTo(Map<String, Double> numbers, Map<String, Tensor> tensors) {
        numbers.put(VALUE, value);
        numbers.put(EPOCH, (double) epoch);
        for (int i = 0; i < best.size(); i++) {
            tensors.put(TENSOR + i, best.get(i));
        }
    }

    void readFrom(TrainingState state) {
        value = state.number(VALUE);
        epoch = (int) state.number(EPOCH);
        for (int i = 0; i < best.size(); i++) {
            state.copy(TENSOR + i, best.get(i));
        }
    }
}
