package io.modelmill.trainingspec.job;

import io.modelmill.trainingspec.fault.Faults;
import io.modelmill.trainingspec.job.TrainingSpec.Distillation;
import io.modelmill.trainingspec.optimization.AdversarialTypes;
import java.util.Optional;

/** What can be wrong with what a classifier learns from beside its labels. */
final class TeachingRules {
    private final TrainingSpec spec;
    private final Optional<Task> task;
    private final Faults faults;

    TeachingRules(TrainingSpec spec, Optional<Task> task, Faults faults) {
        this.spec = spec;
        this.task = task;
        this.faults = faults;
    }

    void check() {
        boolean classifies = task.isEmpty() || task.get() == Task.CLASSIFICATION;
        spec.adversarial().ifPresent(choice -> {
            var _ = AdversarialTypes.CATALOGUE.read(choice, "adversarial training", faults.below("adversarial"));
            faults.check(
                    classifies && spec.data().text().isEmpty(),
                    "adversarial.type",
                    choice.type(),
                    "not set: only a classifier of numbers trains on changed rows");
        });
        spec.distillation().ifPresent(distillation -> {
            checkDistillation(distillation, faults.below("distillation"));
            faults.check(
                    classifies,
                    "distillation.teacher_version",
                    distillation.teacherVersion(),
                    "not set: only a classifier has a teacher");
        });
    }

    private static void checkDistillation(Distillation distillation, Faults below) {
        NamePatterns.MODEL_VERSION.check(distillation.teacherVersion(), "teacher_version", below);
        below.check(
                distillation.temperature() >= 1 && Double.isFinite(distillation.temperature()),
                "temperature",
                distillation.temperature(),
                "finite and at least 1");
        below.check(
                distillation.weight() > 0 && distillation.weight() <= 1,
                "weight",
                distillation.weight(),
                "above 0 and at most 1");
    }
}
