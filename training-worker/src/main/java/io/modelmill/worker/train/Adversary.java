package io.modelmill.worker.train;

import io.modelmill.trainingspec.fault.Fault;
import io.modelmill.trainingspec.fault.Faults;
import io.modelmill.trainingspec.network.Shape;
import io.modelmill.trainingspec.optimization.AdversarialTypes;
import io.modelmill.trainingspec.setting.Choice;
import io.modelmill.trainingspec.setting.Settings;
import io.modelmill.worker.failure.JobFailedException;
import io.modelmill.worker.model.Model;
import io.modelmill.worker.network.TensorValues;
import java.util.stream.Collectors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Changes rows, as the network's first layer takes them, so that its loss grows: by the sign of the loss's gradient, in one step or
 * in several that are brought back to within epsilon. The network is asked as it is at inference, so that its running numbers
 * do not see rows that are not there and the same row is always changed the same way.
 */
final class Adversary {
    private final Model model;
    private final Scalar step;
    private final Tensor epsilon;
    private final long steps;
    private final double share;

    /** It lives in the scope in which it was made. */
    Adversary(Choice choice, Model model) {
        Faults faults = Faults.ofSpec();
        Settings settings = AdversarialTypes.CATALOGUE
                .read(choice, "adversarial training", faults.below("adversarial"))
                .orElseThrow(() -> new JobFailedException(
                        faults.found().stream().map(Fault::toString).collect(Collectors.joining("; "))));
        if (model.network().input().element() == Shape.Element.TOKEN) {
            throw new JobFailedException(
                    "adversarial.type: \"%s\" (expected: not set, tokens have nothing between them)"
                            .formatted(choice.type()));
        }
        double largest = settings.get(AdversarialTypes.EPSILON);
        boolean several = choice.type().equals(AdversarialTypes.PGD.name());
        this.model = model;
        this.steps = several ? settings.get(AdversarialTypes.STEPS) : 1;
        double given = several ? settings.get(AdversarialTypes.STEP_SIZE) : largest;
        this.step = new Scalar(given == 0 ? 2.5 * largest / steps : given);
        this.epsilon = TensorValues.of(new float[] {(float) largest}, 1);
        this.share = settings.get(AdversarialTypes.SHARE);
    }

    /** The part of the loss that comes from changed rows. */
    double share() {
        return share;
    }

    /**
     * Changed rows, in the caller's scope.
     *
     * @param input of the network
     */
    @SuppressWarnings("try") // The scope frees what is made while it is open.
    Tensor mislead(Tensor input, Tensor target) {
        Tensor start = input.detach();
        Tensor least = start.sub(epsilon);
        Tensor most = start.add(epsilon);
        Tensor changed = start;
        for (long done = 0; done < steps; done++) {
            Tensor asked = changed.detach();
            asked.set_requires_grad(true);
            Tensor loss = model.objective().loss(model.network().forward(asked, false), target);
            Tensor gradient =
                    torch.grad(new TensorVector(loss), new TensorVector(asked)).get(0);
            changed = torch.min(torch.max(asked.detach().add(gradient.sign(), step), least), most);
        }
        return changed;
    }
}
