package io.modelmill.worker.objective;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/** Losses of numbers, each number of the same weight. */
final class NumberLoss implements LossFunction {
    private static final long MEAN = torch.Reduction.Mean.value;
    private static final long SUM = torch.Reduction.Sum.value;

    private final Function function;

    private NumberLoss(Function function) {
        this.function = function;
    }

    /** Squares of differences. */
    static NumberLoss square() {
        return new NumberLoss(torch::mse_loss);
    }

    /** Absolute differences. */
    static NumberLoss absolute() {
        return new NumberLoss(torch::l1_loss);
    }

    /** Half a square up to a difference of delta, straight behind. */
    static NumberLoss huber(double delta) {
        return new NumberLoss((output, target, reduction) -> torch.huber_loss(output, target, reduction, delta));
    }

    /** Of numbers from 0 to 1, against the sigmoid of the output. */
    static NumberLoss binaryCrossEntropy() {
        var none = new TensorOptional();
        return new NumberLoss((output, target, reduction) ->
                torch.binary_cross_entropy_with_logits(output, target, none, none, reduction));
    }

    @Override
    public Tensor mean(Tensor output, Tensor target) {
        return function.apply(output, target, MEAN);
    }

    @Override
    public Tensor sum(Tensor output, Tensor target) {
        return function.apply(output, target, SUM);
    }

    @Override
    public double weight(Tensor target) {
        return target.numel();
    }

    private interface Function {
        Tensor apply(Tensor output, Tensor target, long reduction);
    }
}
