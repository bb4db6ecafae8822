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
    void saysWhatItExpects() {
        assertThat(new Expectation("r2", Optional.of(0.5), Optional.of(1.0), Optional.of(0.0)).shown())
                .isEqualTo(">= 0.5000 and <= 1.0; the trivial way reaches 0.0");
    }
}
