package io.modelmill.benchmarks.figure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;

class GoalTest {
    @Test
    void holdsUpToItsBound() {
        assertThat(Goal.atMost(100).holds(100)).isTrue();
        assertThat(Goal.atMost(100).holds(100.001)).isFalse();
        assertThat(Goal.atLeast(0.9).holds(0.9)).isTrue();
        assertThat(Goal.atLeast(0.9).holds(0.899)).isFalse();
    }

    @Test
    void neverHoldsForNoNumber() {
        assertThat(Goal.atMost(1).holds(Double.NaN)).isFalse();
        assertThat(Goal.atLeast(1).holds(Double.NaN)).isFalse();
    }

    @Test
    void isWrittenAsAComparison() {
        assertThat(Goal.atMost(100)).hasToString("<= 100");
        assertThat(Goal.atLeast(0.9)).hasToString(">= 0.9");
    }

    @Test
    void judgesAFigure() {
        assertThat(Figure.of("share", 0.4, "ratio", Goal.atLeast(0.5)))
                .isEqualTo(new Figure("share", 0.4, "ratio", ">= 0.5", false));
    }

    @Test
    void standsInTheTable() {
        StringWriter text = new StringWriter();
        FigureTable.print(
                new PrintWriter(text),
                List.of(
                        Figure.of("slow", 1234.5, "us", Goal.atMost(100)),
                        Figure.of("fast", 12.345, "us", Goal.atMost(100)),
                        Figure.of("told", 0.12345, "ratio")));
        assertThat(text.toString().lines().map(line -> line.strip().replaceAll(" +", " ")))
                .containsExactly(
                        "slow 1,235 us <= 100 DOES NOT HOLD", "fast 12.35 us <= 100 holds", "told 0.123 ratio");
    }

    @Test
    void takesTheMiddleOfRounds() {
        assertThat(Median.of(List.of(9.0, 1.0, 2.0))).isEqualTo(2.0);
        assertThat(Median.of(List.of(4.0, 1.0, 2.0, 9.0))).isEqualTo(3.0);
        assertThatThrownBy(() -> Median.of(List.of())).hasMessageContaining("expected: at least 1");
    }
}
