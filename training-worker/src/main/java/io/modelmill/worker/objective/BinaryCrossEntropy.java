package io.modelmill.worker.objective;

import io.modelmill.worker.network.TensorValues;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/** Of the index of one of two classes, against the sigmoid of one logit for the second. */
final class BinaryCrossEntropy implements LossFunction {
    private static final long MEAN = torch.Reduction.Mean.value;
    private static final long SUM = torch.Reduction.Sum.value;

    private final boolean weighted;
    private final Tensor weights;
    private final TensorOptional none = new TensorOptional();
    private final Scalar kept;
    private final Scalar spread;
    private final boolean smooth;

    /**
     * Keeps its tensors in the caller's scope.
     *
     * @param weights of both classes; empty for none
     * @param smoothing share of the answer that is spread over both classes
     */
    BinaryCrossEntropy(List<Double> weights, double smoothing) {
        this.weighted = !weights.isEmpty();
        this.weights = weighted
                ? TensorValues.of(
                        new float[] {
                            weights.getFirst().floatValue(), weights.getLast().floatValue()
                        },
                        2)
                : TensorValues.of(new float[] {1, 1}, 2);
        this.smooth = smoothing > 0;
        this.kept = new Scalar(1 - smoothing);
        this.spread = new Scalar(smoothing / 2);
    }

    @Override
    public Tensor mean(Tensor output, Tensor target) {
        if (weighted) {
            Tensor rowWeights = weights.index_select(0, target);
            return loss(output, target, new TensorOptional(rowWeights.unsqueeze(1)), SUM)
                    .div(rowWeights.sum());
        }
        return loss(output, target, none, MEAN);
    }

    @Override
    public Tensor sum(Tensor output, Tensor target) {
        TensorOptional rowWeights =
                weighted ? new TensorOptional(weights.index_select(0, target).unsqueeze(1)) : none;
        return loss(output, target, rowWeights, SUM);
    }

    @Override
    public double weight(Tensor target) {
        return weighted ? weights.index_select(0, target).sum().item_double() : target.numel();
    }

    private Tensor loss(Tensor output, Tensor target, TensorOptional rowWeights, long reduction) {
        Tensor wanted = target.unsqueeze(1).to(torch.ScalarType.Float);
        Tensor smoothed = smooth ? wanted.mul(kept).add(spread) : wanted;
        return torch.binary_cross_entropy_with_logits(output, smoothed, rowWeights, none, reduction);
    }
}
