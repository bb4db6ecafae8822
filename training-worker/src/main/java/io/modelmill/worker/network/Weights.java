package io.modelmill.worker.network;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Draws what layers learn from torch's generator. */
final class Weights {
    private static final double NORMAL_DEVIATION = 0.02;

    private Weights() {}

    /**
     * Draws weights.
     *
     * @param initializer name in the catalogue
     * @param fanIn inputs that each output sums
     * @param fanOut outputs that each input takes part in
     */
    static Tensor drawn(String initializer, long fanIn, long fanOut, long... shape) {
        return switch (initializer) {
            // Twice the variance of 1 / fanIn, because a rectifier halves it.
            case "kaiming_uniform" -> uniform(Math.sqrt(6.0 / fanIn), shape);
            case "kaiming_normal" -> normal(Math.sqrt(2.0 / fanIn), shape);
            case "xavier_uniform" -> uniform(Math.sqrt(6.0 / (fanIn + fanOut)), shape);
            case "xavier_normal" -> normal(Math.sqrt(2.0 / (fanIn + fanOut)), shape);
            case "normal" -> normal(NORMAL_DEVIATION, shape);
            case "zeros" -> zeros(shape);
            default -> throw new IllegalArgumentException("no initializer " + initializer);
        };
    }

    /** Evenly from {@code -bound} to {@code bound}. */
    static Tensor uniform(double bound, long... shape) {
        Tensor weights = torch.empty(shape);
        torch.uniform_(weights, -bound, bound);
        weights.set_requires_grad(true);
        return weights;
    }

    /** Normally around 0. */
    static Tensor normal(double deviation, long... shape) {
        Tensor weights = torch.empty(shape);
        torch.normal_(weights, 0, deviation);
        weights.set_requires_grad(true);
        return weights;
    }

    static Tensor zeros(long... shape) {
        Tensor weights = torch.zeros(shape);
        weights.set_requires_grad(true);
        return weights;
    }

    static Tensor ones(long... shape) {
        Tensor weights = torch.ones(shape);
        weights.set_requires_grad(true);
        return weights;
    }
}
