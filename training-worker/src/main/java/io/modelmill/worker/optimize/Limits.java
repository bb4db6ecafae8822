package io.modelmill.worker.optimize;

import io.modelmill.trainingspec.job.TrainingSpec.Regularization;
import java.util.Optional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;

/** Penalties on weights, which are part of the loss, and limits of gradients. It lives in the scope in which it was made. */
public final class Limits {
    /** Keeps a gradient of 0 from dividing by it. */
    private static final double LEAST_NORM = 1e-6;

    private final FlatParameters parameters;
    private final double l1;
    private final double l2;
    private final double maxNorm;
    private final double maxValue;
    private final Optional<Tensor> weightMask;
    private final Scalar l1Scalar;
    private final Scalar l2Scalar;
    private final ScalarOptional least;
    private final ScalarOptional most;

    public Limits(Regularization regularization, FlatParameters parameters) {
        this.parameters = parameters;
        this.l1 = regularization.l1();
        this.l2 = regularization.l2();
        this.maxNorm = regularization.maxGradientNorm();
        this.maxValue = regularization.maxGradientValue();
        this.weightMask = l1 > 0 || l2 > 0 ? Optional.of(parameters.weightMask()) : Optional.empty();
        this.l1Scalar = new Scalar(l1);
        this.l2Scalar = new Scalar(l2);
        this.least = new ScalarOptional(new Scalar(-maxValue));
        this.most = new ScalarOptional(new Scalar(maxValue));
    }

    /** Adds the penalties' gradients to those of a step, and answers the penalties: {@code l1 * sum |w| + l2 / 2 * sum w^2}. */
    public double addPenalties() {
        if (weightMask.isEmpty()) {
            return 0;
        }
        Tensor weights = parameters.values().mul(weightMask.get());
        double penalty = 0;
        if (l1 > 0) {
            parameters.gradients().add_(weights.sign(), l1Scalar);
            penalty += l1 * weights.abs().sum().item_double();
        }
        if (l2 > 0) {
            parameters.gradients().add_(weights, l2Scalar);
            penalty += l2 / 2 * weights.square().sum().item_double();
        }
        return penalty;
    }

    /** Scales all gradients of a step down to the largest norm, then cuts each to the largest size. */
    public void cutGradients() {
        Tensor gradients = parameters.gradients();
        if (maxNorm > 0) {
            double norm = gradients.norm().item_double();
            if (norm > maxNorm) {
                gradients.mul_(new Scalar(maxNorm / (norm + LEAST_NORM)));
            }
        }
        if (maxValue > 0) {
            gradients.clamp_(least, most);
        }
    }
}
