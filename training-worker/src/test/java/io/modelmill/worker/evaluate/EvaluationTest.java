package io.modelmill.worker.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.modelmill.worker.data.Targets;
import io.modelmill.worker.failure.JobFailedException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EvaluationTest {
    private final Targets classes = new Targets.Classes(List.of("a", "b"), new int[] {0, 1, 1});

    @Test
    void measuresClasses() {
        Map<String, Double> metrics =
                Evaluation.measure(new float[] {0, (float) Math.log(3), 0, 0}, classes, new int[] {1, 2});
        assertThat(metrics).containsOnlyKeys("test_loss", "test_accuracy");
        assertThat(metrics.get("test_accuracy")).isEqualTo(0.5);
        assertThat(metrics.get("test_loss")).isCloseTo((Math.log(4.0 / 3) + Math.log(2)) / 2, within(1e-6));
    }

    @Test
    void bearsLargeLogits() {
        Map<String, Double> metrics = Evaluation.measure(new float[] {1000, -1000}, classes, new int[] {1});
        assertThat(metrics.get("test_loss")).isEqualTo(2000);
    }

    @Test
    void measuresNumbers() {
        var targets = new Targets.Numbers(new float[] {9, 1, 3});
        Map<String, Double> metrics = Evaluation.measure(new float[] {2, 2.5f}, targets, new int[] {1, 2});
        assertThat(metrics.get("test_mean_squared_error")).isCloseTo(0.625, within(1e-9));
        assertThat(metrics.get("test_mean_absolute_error")).isCloseTo(0.75, within(1e-9));
        assertThat(metrics.get("test_r2")).isCloseTo(1 - 1.25 / 2, within(1e-9));
    }

    @Test
    void leavesOutWhatIsUndefinedForEqualTargets() {
        var targets = new Targets.Numbers(new float[] {4, 4});
        assertThat(Evaluation.measure(new float[] {4, 5}, targets, new int[] {0, 1}))
                .containsOnlyKeys("test_mean_squared_error", "test_mean_absolute_error");
    }

    @Test
    void refusesWhatIsNoNumber() {
        assertThatThrownBy(() -> Evaluation.measure(new float[] {Float.NaN, 0}, classes, new int[] {1}))
                .isInstanceOf(JobFailedException.class)
                .hasMessageStartingWith("test_loss on the held-out rows is NaN");
    }
}
