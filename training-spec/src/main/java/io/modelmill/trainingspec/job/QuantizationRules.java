package io.modelmill.trainingspec.job;

import io.modelmill.trainingspec.fault.Faults;
import io.modelmill.trainingspec.job.TrainingSpec.Quantization;
import io.modelmill.trainingspec.job.TrainingSpec.Regularization;
import io.modelmill.trainingspec.optimization.Schedules;
import io.modelmill.trainingspec.setting.Choice;

/** What can be wrong with a job that quantises, which trains nothing. */
final class QuantizationRules {
    private static final String NOTHING_TRAINS = "not set: quantization trains nothing";

    private QuantizationRules() {}

    static void check(TrainingSpec spec, Faults faults) {
        Faults below = faults.below("quantization");
        String parent = spec.quantization().map(Quantization::parentVersion).orElse("");
        NamePatterns.MODEL_VERSION.check(parent, "parent_version", below);
        spec.quantization()
                .map(Quantization::tolerance)
                .ifPresent(tolerance ->
                        below.check(tolerance >= 0 && tolerance < 1, "tolerance", tolerance, "from 0 and below 1"));
        refuse(!spec.layers().isEmpty(), "network.layers", spec.layers().size() + " layers", faults);
        refuse(set(spec.loss()), "loss", spec.loss().type(), faults);
        refuse(set(spec.optimizer()), "optimizer", spec.optimizer().type(), faults);
        refuse(
                !spec.schedule().equals(Choice.of(Schedules.CONSTANT.name())),
                "schedule",
                spec.schedule().type(),
                faults);
        refuse(!spec.regularization().equals(Regularization.NONE), "regularization", "set", faults);
        refuse(spec.earlyStopping().isPresent(), "early_stopping", "set", faults);
        refuse(spec.epochs() != 0, "epochs", spec.epochs(), faults);
        refuse(spec.batchSize() != 0, "batch_size", spec.batchSize(), faults);
        refuse(spec.checkpointSteps() != 0, "checkpoint_steps", spec.checkpointSteps(), faults);
        refuse(spec.adversarial().isPresent(), "adversarial", "set", faults);
        refuse(spec.distillation().isPresent(), "distillation", "set", faults);
        refuse(!spec.resumeFrom().isEmpty(), "resume_from", spec.resumeFrom(), faults);
        faults.check(
                spec.data().normalization().equals("none"),
                "data.normalization",
                spec.data().normalization(),
                "none: the parent holds its own");
    }

    private static boolean set(Choice choice) {
        return !choice.equals(Choice.of(""));
    }

    private static void refuse(boolean set, String field, Object given, Faults faults) {
        faults.check(!set, field, given, NOTHING_TRAINS);
    }
}
