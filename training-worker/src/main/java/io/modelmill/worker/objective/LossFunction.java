package io.modelmill.worker.objective;

import org.bytedeco.pytorch.Tensor;

/** How far what a network answers is from what it should. All tensors that it answers are the caller's scope's. */
interface LossFunction {
    /** The mean over a batch, each target by its weight; it carries gradients. */
    Tensor mean(Tensor output, Tensor target);

    /** The weighted sum over a batch, to be divided by {@link #weight}. */
    Tensor sum(Tensor output, Tensor target);

    /** The sum of the weights of a batch's targets: for most losses their number. */
    double weight(Tensor target);
}
