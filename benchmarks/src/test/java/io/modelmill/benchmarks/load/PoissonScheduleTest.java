package io.modelmill.benchmarks.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class PoissonScheduleTest {
    private static final int CALLS = 100_000;

    @Test
    void keepsItsRate() {
        long last = times(2_000, 1)[CALLS - 1];

        assertThat(CALLS / (last / 1e9)).isCloseTo(2_000, within(40.0));
    }

    @Test
    void spreadsAsMuchAsItsMean() {
        long[] times = times(1_000, 1);
        double squares = 0;
        for (int call = 1; call < CALLS; call++) {
            squares += Math.pow((times[call] - times[call - 1]) / 1e6 - 1, 2);
        }

        // An exponential distribution's deviation is its mean: 1 ms here.
        assertThat(Math.sqrt(squares / CALLS)).isCloseTo(1, within(0.02));
    }

    @Test
    void repeatsItselfWithTheSameSeed() {
        assertThat(times(1_000, 7)).isEqualTo(times(1_000, 7)).isNotEqualTo(times(1_000, 8));
        assertThat(times(1_000, 7)).isSorted();
    }

    @Test
    void refusesARateThatIsNone() {
        assertThatThrownBy(() -> new PoissonSchedule(0, 1)).hasMessageContaining("0.0 (expected: above 0)");
        assertThatThrownBy(() -> new PoissonSchedule(Double.NaN, 1)).hasMessageContaining("NaN (expected: above 0)");
    }

    private static long[] times(double perSecond, long seed) {
        PoissonSchedule schedule = new PoissonSchedule(perSecond, seed);
        return LongStream.generate(schedule::next).limit(CALLS).toArray();
    }
}
