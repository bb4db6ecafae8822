package io.modelmill.worker.optimize;

import io.modelmill.trainingspec.optimization.Optimizers;
import io.modelmill.trainingspec.setting.Settings;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Each gradient divided by the root of the sum of all its squares so far. */
final class Adagrad implements Optimizer {
    private final Tensor values;
    private final Tensor gradients;
    private final double decay;
    private final Scalar weightDecay;
    private final Scalar epsilon;
    private final Scalar one = new Scalar(1.0);
    private final Tensor squares;
    private final Tensor scratch;

    Adagrad(Settings settings, FlatParameters parameters) {
        this.values = parameters.values();
        this.gradients = parameters.gradients();
        this.decay = settings.get(Optimizers.WEIGHT_DECAY);
        this.weightDecay = new Scalar(decay);
        this.epsilon = new Scalar(settings.get(Optimizers.SMALL_EPSILON).doubleValue());
        this.squares = torch.zeros_like(values);
        this.scratch = torch.zeros_like(values);
    }

    @Override
    public void step(double learningRate, long step) {
        if (decay > 0) {
            gradients.add_(values, weightDecay);
        }
        squares.addcmul_(gradients, gradients, one);
        torch.sqrt_out(scratch, squares).add_(epsilon);
        values.addcdiv_(gradients, scratch, new Scalar(-learningRate));
    }

    @Override
    public List<Tensor> state() {
        return List.of(squares);
    }
}
