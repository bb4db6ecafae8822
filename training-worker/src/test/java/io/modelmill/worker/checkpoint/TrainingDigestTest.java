package io.modelmill.worker.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelmill.trainingspec.job.TrainingSpec;
import io.modelmill.trainingspec.job.TrainingSpec.Regularization;
import io.modelmill.worker.fixture.DataSpecs;
import io.modelmill.worker.fixture.Jobs;
import io.modelmill.worker.fixture.Layers;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class TrainingDigestTest {
    private static final List<String> FILES = List.of("one", "two");

    @Test
    void dependsOnAllThatStepsDependOn() {
        String digest = digest(job -> job);
        assertThat(digest(job -> job)).isEqualTo(digest);
        List<UnaryOperator<Jobs>> changes = List.of(
                job -> job.task("regression"),
                job -> job.data(DataSpecs.label("kind").normalization("z_score")),
                job -> job.loss("cross_entropy", "label_smoothing", 0.1),
                job -> job.optimizer("adam", "learning_rate", 0.02),
                job -> job.schedule("step", "every_epochs", 2L),
                job -> job.regularization(new Regularization(0.1, 0, 0, 0)),
                job -> job.earlyStopping(1, 0, "validation_loss"),
                job -> job.batchSize(9),
                job -> job.seed(8),
                job -> job.adversarial("fgsm", "epsilon", 0.1),
                job -> job.distillation(2, 0.5));
        assertThat(changes.stream().map(TrainingDigestTest::digest))
                .doesNotContain(digest)
                .doesNotHaveDuplicates();
        assertThat(TrainingDigest.of(spec(job -> job), List.of("one"))).isNotEqualTo(digest);
        TrainingSpec wider = Jobs.of(Layers.dense(9, "relu"), Layers.dense(3)).spec();
        assertThat(TrainingDigest.of(wider, FILES)).isNotEqualTo(digest);
    }

    @Test
    void moreEpochsAreTheSameTrainingUnlessAWaveIsSpreadOverThem() {
        assertThat(digest(job -> job.epochs(9).checkpointSteps(5).resumeFrom("tenants/acme/trainingJobs/before")))
                .isEqualTo(digest(job -> job));
        assertThat(digest(job -> job.schedule("cosine").epochs(9)))
                .isNotEqualTo(digest(job -> job.schedule("cosine").epochs(10)));
    }

    private static String digest(UnaryOperator<Jobs> change) {
        return TrainingDigest.of(spec(change), FILES);
    }

    private static TrainingSpec spec(UnaryOperator<Jobs> change) {
        return change.apply(Jobs.of(Layers.dense(8, "relu"), Layers.dense(3))).spec();
    }
}
