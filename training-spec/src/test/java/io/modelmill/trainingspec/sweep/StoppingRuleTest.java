package io.modelmill.trainingspec.sweep;

import static io.modelmill.trainingspec.sweep.Objective.MAXIMIZE;
import static io.modelmill.trainingspec.sweep.Objective.MINIMIZE;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class StoppingRuleTest {
    private static final StoppingRule ASHA = new StoppingRule.Asha(2, 3);

    @Test
    void neverStopsWithoutARule() {
        assertThat(new StoppingRule.Never().stops(curve(0.1, 0.1), List.of(curve(0.9, 0.9)), MAXIMIZE))
                .isFalse();
    }

    @Test
    void letsTheBestThirdOfARungGoOn() {
        List<Curve> nine =
                IntStream.range(0, 9).mapToObj(i -> curve(0.0, 0.1 * (i + 1))).toList();
        for (int i = 0; i < 9; i++) {
            List<Curve> others = new ArrayList<>(nine);
            others.remove(i);
            assertThat(ASHA.stops(nine.get(i), others, MAXIMIZE))
                    .as("trial %d", i)
                    .isEqualTo(i < 6);
            assertThat(ASHA.stops(nine.get(i), others, MINIMIZE))
                    .as("loss of trial %d", i)
                    .isEqualTo(i > 2);
        }
    }

    @Test
    void waitsForEnoughTrialsAtTheRung() {
        assertThat(ASHA.stops(curve(0, 0.1), List.of(curve(0, 0.9)), MAXIMIZE)).isFalse();
        assertThat(ASHA.stops(curve(0, 0.1), List.of(curve(0, 0.9), curve(0.9)), MAXIMIZE))
                .isFalse();
        assertThat(ASHA.stops(curve(0, 0.1), List.of(curve(0, 0.9), curve(0, 0.8)), MAXIMIZE))
                .isTrue();
    }

    @Test
    void waitsForTheFirstRung() {
        assertThat(ASHA.stops(curve(), List.of(curve(0.9), curve(0.9)), MAXIMIZE))
                .isFalse();
        assertThat(ASHA.stops(curve(0.1), List.of(curve(0.9, 0.9), curve(0.9, 0.9)), MAXIMIZE))
                .isFalse();
    }

    @Test
    void measuresAtTheLatestRungAlone() {
        // Worst of all at the first rung, 2 epochs; best at the second, 6.
        Curve late = curve(0, 0, 0, 0, 0, 0.9);
        List<Curve> others = List.of(curve(0, 0.5, 0.5, 0.5, 0.5, 0.5), curve(0, 0.6, 0.6, 0.6, 0.6, 0.6));
        assertThat(ASHA.stops(late, others, MAXIMIZE)).isFalse();
        assertThat(ASHA.stops(others.getFirst(), List.of(late, others.getLast()), MAXIMIZE))
                .isTrue();
    }

    @Test
    void stopsWhatIsNotANumberFirst() {
        assertThat(ASHA.stops(curve(0, Double.NaN), List.of(curve(0, 0.1), curve(0, 0.2)), MAXIMIZE))
                .isTrue();
        assertThat(ASHA.stops(curve(0, 0.2), List.of(curve(0, Double.NaN), curve(0, Double.NaN)), MINIMIZE))
                .isFalse();
    }

    @Test
    void letsEqualsGoOn() {
        Curve same = curve(0, 0.5);
        assertThat(ASHA.stops(same, List.of(same, same, same, same, same), MAXIMIZE))
                .isFalse();
    }

    @Test
    void stopsBelowTheMedianOfWhatOthersReachedByThen() {
        StoppingRule median = new StoppingRule.MedianStopping(2, 3);
        List<Curve> others = List.of(curve(0.2, 0.4, 0.9), curve(0.4, 0.6, 0.9), curve(0.6, 0.8, 0.9));
        assertThat(median.stops(curve(0.1, 0.45), others, MAXIMIZE)).isTrue();
        assertThat(median.stops(curve(0.1, 0.55), others, MAXIMIZE)).isFalse();
        assertThat(median.stops(curve(0.55, 0.1), others, MAXIMIZE))
                .as("its best counts")
                .isFalse();
        assertThat(median.stops(curve(0.1), others, MAXIMIZE)).as("too early").isFalse();
        assertThat(median.stops(curve(0.1, 0.1, 0.1, 0.1), others, MAXIMIZE))
                .as("nobody came as far")
                .isFalse();
        assertThat(median.stops(curve(0.1, 0.45), others.subList(0, 2), MAXIMIZE))
                .as("too few")
                .isFalse();
    }

    private static Curve curve(double... values) {
        return new Curve(IntStream.range(0, values.length)
                .mapToObj(i -> new Curve.Point(i + 1, values[i]))
                .toList());
    }
}
