package io.modelmill.trainingspec.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelmill.trainingspec.fault.Fault;
import io.modelmill.trainingspec.fault.Faults;
import java.util.List;
import org.junit.jupiter.api.Test;

class ResumeRulesTest {
    private static final String BEFORE = "resume_from: \"tenants/acme/trainingJobs/before\"";

    @Test
    void takesWhatNoStepDependsOn() {
        assertThat(faults(Specs.classifier(
                        BEFORE,
                        "model: \"tenants/acme/models/other\" aliases: \"canary\" max_duration { seconds: 5 }",
                        "checkpoint_steps: 3 epochs: 9")))
                .isEmpty();
    }

    @Test
    void refusesEveryOtherChange() {
        assertThat(faults(Specs.classifier(
                        BEFORE,
                        "dataset_version: \"tenants/acme/datasets/flowers/versions/2\" seed: 1 batch_size: 9",
                        "data { normalization: \"z_score\" } network { layers { type: \"dropout\" rate: 0.5 } }",
                        "loss { label_smoothing: 0.1 } optimizer { learning_rate: 0.02 } schedule { warmup_steps: 1 }",
                        "regularization { l1: 1 } early_stopping { patience: 1 } adversarial { type: \"fgsm\" }",
                        "distillation { weight: 1 } task: \"regression\" epochs: 0")))
                .containsExactly(
                        "task: \"regression\" (expected: classification, as in the job that is resumed)",
                        "dataset_version: \"tenants/acme/datasets/flowers/versions/2\""
                                + " (expected: tenants/acme/datasets/flowers/versions/1, as in the job that is resumed)",
                        "data: \"another\" (expected: the same as in the job that is resumed)",
                        "network: \"another\" (expected: the same as in the job that is resumed)",
                        "loss: \"another\" (expected: the same as in the job that is resumed)",
                        "optimizer: \"another\" (expected: the same as in the job that is resumed)",
                        "schedule: \"another\" (expected: the same as in the job that is resumed)",
                        "regularization: \"another\" (expected: the same as in the job that is resumed)",
                        "early_stopping: \"another\" (expected: the same as in the job that is resumed)",
                        "batch_size: 9 (expected: 8, as in the job that is resumed)",
                        "seed: 1 (expected: 0, as in the job that is resumed)",
                        "adversarial: \"another\" (expected: the same as in the job that is resumed)",
                        "distillation: \"another\" (expected: the same as in the job that is resumed)",
                        "epochs: 0 (expected: at least 1, which \"tenants/acme/trainingJobs/before\" has done)");
    }

    @Test
    void epochsThatAScheduleSpreadsOverStay() {
        String cosine = "schedule { type: \"cosine\" }";
        Faults faults = Faults.ofSpec();
        ResumeRules.check(Specs.classifier(BEFORE, cosine, "epochs: 9"), Specs.classifier(cosine), 1, faults);
        assertThat(faults.found())
                .extracting(Fault::toString)
                .containsExactly("epochs: 9 (expected: 2, as in the job that is resumed)");
    }

    private static List<String> faults(TrainingSpec spec) {
        Faults faults = Faults.ofSpec();
        ResumeRules.check(spec, Specs.classifier(), 1, faults);
        return faults.found().stream().map(Fault::toString).toList();
    }
}
