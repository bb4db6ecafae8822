package io.modelmill.trainingspec.job;

import io.modelmill.trainingspec.fault.Faults;
import io.modelmill.trainingspec.optimization.Schedules;

/**
 * Whether a job can go on where another left off: all that the steps depend on must be the same. Model, aliases, duration and
 * checkpoints may differ, and the number of epochs unless the schedule spreads over it.
 */
public final class ResumeRules {
    private final TrainingSpec before;
    private final Faults faults;

    private ResumeRules(TrainingSpec before, Faults faults) {
        this.before = before;
        this.faults = faults;
    }

    /**
     * Notes what differs.
     *
     * @param before the spec of the job that left off
     * @param epochsDone when its last checkpoint was kept
     */
    public static void check(TrainingSpec spec, TrainingSpec before, int epochsDone, Faults faults) {
        new ResumeRules(before, faults).check(spec, epochsDone);
    }

    private void check(TrainingSpec spec, int epochsDone) {
        same("task", spec.task(), before.task());
        same("dataset_version", spec.datasetVersion(), before.datasetVersion());
        same("data", spec.data(), before.data());
        same("network", spec.layers(), before.layers());
        same("loss", spec.loss(), before.loss());
        same("optimizer", spec.optimizer(), before.optimizer());
        same("schedule", spec.schedule(), before.schedule());
        same("regularization", spec.regularization(), before.regularization());
        same("early_stopping", spec.earlyStopping(), before.earlyStopping());
        same("batch_size", spec.batchSize(), before.batchSize());
        same("seed", spec.seed(), before.seed());
        same("adversarial", spec.adversarial(), before.adversarial());
        same("distillation", spec.distillation(), before.distillation());
        if (spec.schedule().type().equals(Schedules.COSINE.name())) {
            same("epochs", spec.epochs(), before.epochs());
        } else {
            faults.check(
                    spec.epochs() >= epochsDone,
                    "epochs",
                    spec.epochs(),
                    "at least " + epochsDone + ", which \"" + spec.resumeFrom() + "\" has done");
        }
    }

    private void same(String field, Object value, Object other) {
        boolean scalar = value instanceof Number || value instanceof String;
        faults.check(
                value.equals(other),
                field,
                scalar ? value : "another",
                scalar ? other + ", as in the job that is resumed" : "the same as in the job that is resumed");
    }
}
