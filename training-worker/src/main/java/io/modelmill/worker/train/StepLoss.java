package io.modelmill.worker.train;

import io.modelmill.trainingspec.job.TrainingSpec;
import io.modelmill.worker.model.Model;
import java.util.Optional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/** What one step makes smaller: the objective's loss, with the parts of a teacher and of misleading rows where there are any. */
final class StepLoss {
    private final Model model;
    private final Optional<Lesson> lesson;
    private final Optional<Adversary> adversary;

    /** It lives in the scope in which it was made. */
    StepLoss(TrainingSpec spec, Model model, Optional<Teacher> teacher) {
        this.model = model;
        this.lesson = teacher.map(known -> new Lesson(known, spec.distillation().orElseThrow()));
        this.adversary = spec.adversarial().map(choice -> new Adversary(choice, model));
    }

    /**
     * Computes it.
     *
     * @param rows numbers of the training rows
     * @param input of the network
     */
    Forward forward(long[] rows, Tensor input, Tensor target) {
        Optional<Tensor> asked = lesson.map(taught -> taught.asked(rows));
        Tensor output = model.network().forward(input, true);
        Tensor loss = loss(output, target, asked);
        if (adversary.isPresent()) {
            double share = adversary.get().share();
            Tensor changed = adversary.get().mislead(input, target);
            Tensor misled = loss(model.network().forward(changed, true), target, asked);
            loss = loss.mul(new Scalar(1 - share)).add(misled.mul(new Scalar(share)));
        }
        return new Forward(output, loss);
    }

    private Tensor loss(Tensor output, Tensor target, Optional<Tensor> asked) {
        Tensor loss = model.objective().loss(output, target);
        if (asked.isEmpty()) {
            return loss;
        }
        Lesson taught = lesson.orElseThrow();
        Tensor imitation = taught.loss(model.objective().classLogits(output), asked.get());
        return loss.mul(new Scalar(1 - taught.weight())).add(imitation.mul(new Scalar(taught.weight())));
    }

    /**
     * A batch's way forward.
     *
     * @param output of the network, for the rows as they are
     * @param loss one number, with gradients
     */
    record Forward(Tensor output, Tensor loss) {}
}
