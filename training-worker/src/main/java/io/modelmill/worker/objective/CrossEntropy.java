package io.modelmill.worker.objective;

import io.modelmill.worker.network.TensorValues;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * Of indices of classes against the softmax of one logit for each. Targets may have any axes, the output has the classes'
 * behind them. A weight counts both what a row adds and what the mean is divided by.
 */
final class CrossEntropy implements LossFunction {
    /** A target that is none. */
    static final long IGNORED = -100;

    private static final long MEAN = torch.Reduction.Mean.value;
    private static final long SUM = torch.Reduction.Sum.value;

    private final List<Double> weights;
    private final TensorOptional weight;
    private final double smoothing;
    private final boolean someIgnored;
    private final Scalar ignored = new Scalar(IGNORED);
    private final Scalar one = new Scalar(1L);

    /**
     * Keeps its tensors in the caller's scope.
     *
     * @param weights of each class; empty for none
     * @param smoothing share of the answer that is spread over all classes
     * @param someIgnored whether some targets are {@link #IGNORED}
     */
    CrossEntropy(List<Double> weights, double smoothing, boolean someIgnored) {
        this.weights = List.copyOf(weights);
        this.weight = weights.isEmpty()
                ? new TensorOptional()
                : new TensorOptional(TensorValues.of(floats(weights), weights.size()));
        this.smoothing = smoothing;
        this.someIgnored = someIgnored;
    }

    @Override
    public Tensor mean(Tensor output, Tensor target) {
        if (someIgnored) {
            // A batch of nothing but ignored targets has no mean: it adds nothing instead of no number.
            Tensor counted = target.ne(ignored).sum();
            return sum(output, target).div(counted.clamp_min(one));
        }
        return loss(output, target, MEAN);
    }

    @Override
    public Tensor sum(Tensor output, Tensor target) {
        return loss(output, target, SUM);
    }

    @Override
    public double weight(Tensor target) {
        if (!weights.isEmpty()) {
            return weight.get().index_select(0, target.reshape(-1)).sum().item_double();
        }
        return someIgnored ? target.ne(ignored).sum().item_long() : target.numel();
    }

    private Tensor loss(Tensor output, Tensor target, long reduction) {
        boolean flat = target.dim() == 1;
        return torch.cross_entropy_loss(
                flat ? output : output.reshape(-1, output.size(-1)),
                flat ? target : target.reshape(-1),
                weight,
                reduction,
                IGNORED,
                smoothing);
    }

    private static float[] floats(List<Double> values) {
        float[] floats = new float[values.size()];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = values.get(i).floatValue();
        }
        return floats;
    }
}
