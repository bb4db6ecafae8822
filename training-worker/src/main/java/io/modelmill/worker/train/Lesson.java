package io.modelmill.worker.train;

import io.modelmill.trainingspec.job.TrainingSpec.Distillation;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * What a teacher adds to the loss: {@code T^2 * sum p log(p / q)} as the mean over rows, with p the teacher's and q the learner's
 * probabilities after logits were divided by the temperature T. The square keeps gradients as large as those of the labels.
 */
final class Lesson {
    /** A probability below this has no finite logarithm worth learning. */
    private static final double LEAST = 1e-12;

    private final Teacher teacher;
    private final double weight;
    private final Scalar temperature;
    private final Scalar square;
    private final Scalar least = new Scalar(LEAST);

    Lesson(Teacher teacher, Distillation distillation) {
        this.teacher = teacher;
        this.weight = distillation.weight();
        this.temperature = new Scalar(distillation.temperature());
        this.square = new Scalar(distillation.temperature() * distillation.temperature());
    }

    /** The part of the loss that comes from the teacher. */
    double weight() {
        return weight;
    }

    /** The logarithms of the teacher's probabilities at the temperature, for some training rows. */
    Tensor asked(long[] rows) {
        // Logits that a softmax is of are the logarithms of its answers, up to a number that each row's softmax takes
        // away.
        return teacher.probabilities(rows)
                .clamp_min(least)
                .log()
                .div(temperature)
                .log_softmax(1);
    }

    /** @param asked what {@link #asked} answered */
    Tensor loss(Tensor classLogits, Tensor asked) {
        Tensor learned = classLogits.div(temperature).log_softmax(1);
        Tensor rows = asked.exp().mul(asked.sub(learned)).sum(1);
        return rows.mean().mul(square);
    }
}
