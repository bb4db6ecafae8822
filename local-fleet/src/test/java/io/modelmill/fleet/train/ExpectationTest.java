package io.modelmill.fleet.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ExpectationTest {
    @Test
    void holdsWithinItsBounds() {
        Expectation both = new Expectation("r2", Optional.of(0.5), Optional.of(1.0), Optional.empty());

        assertThat(both.isMetBy(Map.of("r2", 0.5))).isTrue();
        assertThat(both.isMetBy(Map.of("r2", 1.0))).isTrue();
        assertThat(both.isMetBy(Map.of("r2", 0.49))).isFalse();
        assertThat(both.isMetBy(Map.of("r2", 1.01))).isFalse();
    }

    @Test
    void failsWithoutANumber() {
        Expectation expectation = new Expectation("r2", Optional.of(0.5), Optional.empty(), Optional.empty());

        assertThat(expectation.isMetBy(Map.of("loss", 1.0))).isFalse();
        assertThat(expectation.isMetBy(Map.of("r2", Double.NaN))).isFalse();
    }

    @Test
    void failsIfTheMeasuredBaselineIsAsGood() {
        Expectation high = new Expectation("test_accuracy", Optional.of(0.5), Optional.empty(), Optional.of(0.1));
        Expectation low = new Expectation("test_loss", Optional.empty(), Optional.of(0.5), Optional.empty());

        assertThat(high.isMetBy(Map.of("test_accuracy", 0.6, "baseline_accuracy", 0.59)))
                .isTrue();
        assertThat(high.isMetBy(Map.of("test_accuracy", 0.6, "baseline_accuracy", 0.6)))
                .isFalse();
        assertThat(low.isMetBy(Map.of("test_loss", 0.4, "baseline_loss", 0.41))).isTrue();
        assertThat(low.isMetBy(Map.of("test_loss", 0.4, "baseline_loss", 0.3))).isFalse();
    }

    @Test
    void saysWhatItExpects() {
        Expectation expectation = new Expectation("r2", Optional.of(0.5), Optional.of(1.0), Optional.of(0.0));

        assertThat(expectation.shown(Map.of("r2", 0.7))).isEqualTo(">= 0.5000 and <= 1.0; the trivial way: 0.0");
        Expectation accuracy = new Expectation("test_accuracy", Optional.of(0.5), Optional.empty(), Optional.of(0.1));
        assertThat(accuracy.shown(Map.of("baseline_accuracy", 0.12))).isEqualTo(">= 0.5000; the trivial way: 0.1200");
    }
}
