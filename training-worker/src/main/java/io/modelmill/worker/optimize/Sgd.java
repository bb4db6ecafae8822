package io.modelmill.worker.optimize;

import io.modelmill.trainingspec.optimization.Optimizers;
import io.modelmill.trainingspec.setting.Settings;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Straight down the gradient, or with a momentum, which may look ahead. */
final class Sgd implements Optimizer {
    private final Tensor values;
    private final Tensor gradients;
    private final double decay;
    private final Scalar weightDecay;
    private final double momentum;
    private final Scalar keep;
    private final boolean nesterov;
    private final List<Tensor> velocity;

    Sgd(Settings settings, FlatParameters parameters) {
        this.values = parameters.values();
        this.gradients = parameters.gradients();
        this.decay = settings.get(Optimizers.WEIGHT_DECAY);
        this.weightDecay = new Scalar(decay);
        this.momentum = settings.get(Optimizers.MOMENTUM);
        this.keep = new Scalar(momentum);
        this.nesterov = settings.get(Optimizers.NESTEROV);
        this.velocity = momentum > 0 ? List.of(torch.zeros_like(values)) : List.of();
    }

    @Override
    public void step(double learningRate, long step) {
        if (decay > 0) {
            gradients.add_(values, weightDecay);
        }
        Tensor direction = gradients;
        if (momentum > 0) {
            Tensor moving = velocity.getFirst();
            moving.mul_(keep).add_(gradients);
            direction = nesterov ? gradients.add_(moving, keep) : moving;
        }
        values.add_(direction, new Scalar(-learningRate));
    }

    @Override
    public List<Tensor> state() {
        return velocity;
    }
}
