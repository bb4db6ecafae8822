package io.modelmill.benchmarks.scale;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Map;
import org.junit.jupiter.api.Test;

class PassHistogramTest {
    private static final String METRICS = """
            # TYPE modelmill_training_pass_seconds histogram
            modelmill_training_pass_seconds_bucket{outcome="none",le="0.001",} 500
            modelmill_training_pass_seconds_bucket{outcome="started",le="0.001",} 10
            modelmill_training_pass_seconds_bucket{outcome="started",le="0.002",} 98
            modelmill_training_pass_seconds_bucket{outcome="started",le="0.004",} 99
            modelmill_training_pass_seconds_bucket{outcome="started",le="+Inf",} 100
            modelmill_training_pass_seconds_count{outcome="started",} 100
            modelmill_training_pass_seconds_sum{outcome="started",} 0.25
            modelmill_training_pass_seconds_max{outcome="started",} 0.1
            """;

    @Test
    void tellsMeanAndTheUpperEndsOfBuckets() {
        PassHistogram passes = PassHistogram.parse(METRICS, "started");

        assertThat(passes.meanMillis()).isCloseTo(2.5, within(1e-9));
        assertThat(passes.millis(0.5)).isEqualTo(2);
        assertThat(passes.millis(0.99)).isEqualTo(4);
        assertThat(passes.millis(1)).isInfinite();
    }

    @Test
    void tellsThoseSinceAnEarlierLook() {
        PassHistogram passes = PassHistogram.parse(METRICS, "started");
        PassHistogram later = new PassHistogram(
                0.35, 101, Map.of(0.001, 10L, 0.002, 98L, 0.004, 100L, Double.POSITIVE_INFINITY, 101L));

        assertThat(later.since(passes).count()).isEqualTo(1);
        assertThat(later.since(passes).meanMillis()).isCloseTo(100, within(1e-9));
        assertThat(later.since(passes).millis(1)).isEqualTo(4);
        assertThat(passes.plus(later.since(passes)).atMost()).isEqualTo(later.atMost());
    }

    @Test
    void refusesAnAnswerWithoutPasses() {
        assertThatThrownBy(() -> PassHistogram.parse("nothing 1\n", "started"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("outcome=\"started\"");
    }
}
