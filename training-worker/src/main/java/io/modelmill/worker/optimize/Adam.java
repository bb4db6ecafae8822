package io.modelmill.worker.optimize;

import io.modelmill.trainingspec.optimization.Optimizers;
import io.modelmill.trainingspec.setting.Settings;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The moving mean of gradients, divided by the root of the moving mean of their squares, both as if they had not begun at 0. The
 * penalty on weights is part of the gradient, or, decoupled, a share of the weights.
 */
final class Adam implements Optimizer {
    private final Tensor values;
    private final Tensor gradients;
    private final boolean decoupled;
    private final double decay;
    private final Scalar weightDecay;
    private final double beta1;
    private final double beta2;
    private final Scalar addMean;
    private final Scalar keepSquares;
    private final Scalar addSquares;
    private final double epsilon;
    private final Tensor mean;
    private final Tensor squares;

    Adam(Settings settings, FlatParameters parameters, boolean decoupled) {
        this.values = parameters.values();
        this.gradients = parameters.gradients();
        this.decoupled = decoupled;
        this.decay = settings.get(Optimizers.WEIGHT_DECAY);
        this.weightDecay = new Scalar(decay);
        this.beta1 = settings.get(Optimizers.BETA_1);
        this.beta2 = settings.get(Optimizers.BETA_2);
        this.addMean = new Scalar(1 - beta1);
        this.keepSquares = new Scalar(beta2);
        this.addSquares = new Scalar(1 - beta2);
        this.epsilon = settings.get(Optimizers.EPSILON);
        this.mean = torch.zeros_like(values);
        this.squares = torch.zeros_like(values);
    }

    @Override
    public void step(double learningRate, long step) {
        if (decay > 0) {
            if (decoupled) {
                values.mul_(new Scalar(1 - learningRate * decay));
            } else {
                gradients.add_(values, weightDecay);
            }
        }
        mean.lerp_(gradients, addMean);
        squares.mul_(keepSquares).addcmul_(gradients, gradients, addSquares);
        // What is divided by is sqrt(squares) / late + epsilon: late stands in the step size and in epsilon instead,
        // which
        // saves a pass over all parameters.
        double late = Math.sqrt(1 - Math.pow(beta2, step));
        // The gradients are used up: their memory takes the divisor.
        torch.sqrt_out(gradients, squares).add_(new Scalar(epsilon * late));
        values.addcdiv_(mean, gradients, new Scalar(-learningRate * late / (1 - Math.pow(beta1, step))));
    }

    @Override
    public List<Tensor> state() {
        return List.of(mean, squares);
    }
}
