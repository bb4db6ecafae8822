package io.modelmill.worker.optimize;

import io.modelmill.trainingspec.optimization.Optimizers;
import io.modelmill.trainingspec.setting.Settings;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Each gradient divided by the root of the moving mean of its squares, or a momentum of that. */
final class RmsProp implements Optimizer {
    private final Tensor values;
    private final Tensor gradients;
    private final double decay;
    private final Scalar weightDecay;
    private final Scalar keepSquares;
    private final Scalar addSquares;
    private final Scalar epsilon;
    private final double momentum;
    private final Scalar keep;
    private final Scalar one = new Scalar(1.0);
    private final Tensor squares;
    private final Tensor velocity;
    private final Tensor scratch;

    RmsProp(Settings settings, FlatParameters parameters) {
        this.values = parameters.values();
        this.gradients = parameters.gradients();
        this.decay = settings.get(Optimizers.WEIGHT_DECAY);
        this.weightDecay = new Scalar(decay);
        double smoothing = settings.get(Optimizers.DECAY);
        this.keepSquares = new Scalar(smoothing);
        this.addSquares = new Scalar(1 - smoothing);
        this.epsilon = new Scalar(settings.get(Optimizers.EPSILON).doubleValue());
        this.momentum = settings.get(Optimizers.MOMENTUM);
        this.keep = new Scalar(momentum);
        this.squares = torch.zeros_like(values);
        this.velocity = momentum > 0 ? torch.zeros_like(values) : squares;
        this.scratch = torch.zeros_like(values);
    }

    @Override
    public void step(double learningRate, long step) {
        if (decay > 0) {
            gradients.add_(values, weightDecay);
        }
        squares.mul_(keepSquares).addcmul_(gradients, gradients, addSquares);
        torch.sqrt_out(scratch, squares).add_(epsilon);
        if (momentum > 0) {
            velocity.mul_(keep).addcdiv_(gradients, scratch, one);
            values.add_(velocity, new Scalar(-learningRate));
        } else {
            values.addcdiv_(gradients, scratch, new Scalar(-learningRate));
        }
    }

    @Override
    public List<Tensor> state() {
        return momentum > 0 ? List.of(squares, velocity) : List.of(squares);
    }
}
