package io.modelmill.worker.network;

import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/** One way of a batch through the layers. Its tensors belong to the scope in which it was made. */
public final class Pass {
    private final boolean training;
    private final Optional<Lengths> lengths;

    private Pass(boolean training, Optional<Lengths> lengths) {
        this.training = training;
        this.lengths = lengths;
    }

    /**
     * For rows without padding.
     *
     * @param training whether what acts in training only, such as dropout, acts
     */
    public static Pass of(boolean training) {
        return new Pass(training, Optional.empty());
    }

    /**
     * For rows of tokens with 0 behind their end.
     *
     * @param tokens 64-bit integers {@code [batch, steps]}
     */
    static Pass ofTokens(Tensor tokens, boolean training) {
        return new Pass(training, Lengths.of(tokens));
    }

    boolean training() {
        return training;
    }

    /** How long the rows are; empty where all are as long as the batch. */
    Optional<Lengths> lengths() {
        return lengths;
    }

    /** What holds for the next layer. */
    Pass behind(Layer layer) {
        if (lengths.isEmpty()) {
            return this;
        }
        return switch (layer.steps()) {
            case StepChange.Kept kept -> this;
            case StepChange.Gone gone -> of(training);
            case StepChange.Windows windows -> new Pass(training, lengths.map(before -> before.slid(windows)));
        };
    }
}
