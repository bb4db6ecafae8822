package io.modelmill.benchmarks.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class RoundTest {
    @Test
    void readsWhatItWrites() {
        Round round = new Round(List.of(0.125, 3.5), List.of(1e-5, 2.0));

        assertThat(Round.parse(round.toString())).isEqualTo(round);
    }

    @Test
    void refusesALineThatIsNoRound() {
        assertThatThrownBy(() -> Round.parse("1.0 2.0"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("\"1.0 2.0\" (expected: seconds");
    }
}
