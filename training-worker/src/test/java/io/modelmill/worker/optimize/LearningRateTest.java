package io.modelmill.worker.optimize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.modelmill.trainingspec.setting.Choice;
import io.modelmill.worker.failure.JobFailedException;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LearningRateTest {
    @Test
    void staysConstantBehindTheWarmUp() {
        LearningRate rate = LearningRate.of(new Choice("constant", Map.of("warmup_steps", 4L)), 0.8, 10);
        assertThat(rate.of(1, 1)).isEqualTo(0.2, within(1e-12));
        assertThat(rate.of(3, 1)).isEqualTo(0.6, within(1e-12));
        assertThat(rate.of(4, 1)).isEqualTo(0.8);
        assertThat(rate.of(10, 3)).isEqualTo(0.8);
    }

    @Test
    void fallsEverySoManyEpochs() {
        LearningRate rate = LearningRate.of(new Choice("step", Map.of("factor", 0.5, "every_epochs", 2L)), 0.8, 60);
        assertThat(rate.of(1, 1)).isEqualTo(0.8);
        assertThat(rate.of(20, 2)).isEqualTo(0.8);
        assertThat(rate.of(21, 3)).isEqualTo(0.4, within(1e-12));
        assertThat(rate.of(60, 6)).isEqualTo(0.2, within(1e-12));
    }

    @Test
    void takesHalfAWaveOverWhatIsLeft() {
        LearningRate rate =
                LearningRate.of(new Choice("cosine", Map.of("warmup_steps", 2L, "min_learning_rate", 0.1)), 0.9, 10);
        assertThat(rate.of(1, 1)).isEqualTo(0.45, within(1e-12));
        assertThat(rate.of(2, 1)).isEqualTo(0.9, within(1e-12));
        assertThat(rate.of(3, 1)).isEqualTo(0.9, within(1e-12));
        assertThat(rate.of(7, 1)).isEqualTo(0.5, within(1e-12));
        assertThat(rate.of(10, 1)).isEqualTo(0.1 + 0.4 * (1 + Math.cos(Math.PI * 7 / 8)), within(1e-12));
    }

    @Test
    void fallsWhereTheLossNoLongerDoes() {
        Choice schedule = new Choice("on_plateau", Map.of("factor", 0.1, "patience", 2L, "min_learning_rate", 0.005));
        LearningRate rate = LearningRate.of(schedule, 0.1, 100);
        double[] losses = {3, 2, 2, 2.5, 1, 1, 1, 1, 1};
        double[] rates = {0.1, 0.1, 0.1, 0.01, 0.01, 0.01, 0.005, 0.005, 0.005};
        for (int epoch = 0; epoch < losses.length; epoch++) {
            rate.epochEnded(losses[epoch]);
            assertThat(rate.of(1, epoch + 2)).as("after epoch %d", epoch + 1).isEqualTo(rates[epoch], within(1e-12));
            // What is carried is all that there is.
            LearningRate resumed = LearningRate.of(schedule, 0.1, 100);
            resumed.resume(rate.plateau());
            rate = resumed;
        }
    }

    @Test
    void refusesWhatTheCatalogueLacks() {
        assertThatThrownBy(() -> LearningRate.of(Choice.of("step"), 0.1, 1))
                .isInstanceOf(JobFailedException.class)
                .hasMessage("schedule.every_epochs: \"not set\" (expected: 1 to 10000)");
    }
}
