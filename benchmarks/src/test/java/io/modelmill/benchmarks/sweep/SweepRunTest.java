package io.modelmill.benchmarks.sweep;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelmill.benchmarks.sweep.SweepRun.Outcome;
import io.modelmill.trainingspec.sweep.Curve;
import io.modelmill.trainingspec.sweep.Objective;
import io.modelmill.trainingspec.sweep.StoppingRule;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SweepRunTest {
    private static final List<Curve> CURVES = List.of(flat(0.1), flat(0.9), flat(0.3), flat(0.5));

    @Test
    void trainsAllWithoutARule() {
        assertThat(SweepRun.of(CURVES, new StoppingRule.Never(), Objective.MAXIMIZE, 2))
                .isEqualTo(new Outcome(0.9, 4 * 9));
    }

    @Test
    void countsTheEpochsOfStoppedTrialsAndNotWhatTheyReached() {
        // All four at a time: at the first rung, one epoch, one of four goes on.
        Outcome outcome = SweepRun.of(CURVES, new StoppingRule.Asha(1, 3), Objective.MAXIMIZE, 4);
        assertThat(outcome).isEqualTo(new Outcome(0.9, 9 + 3));
        assertThat(SweepRun.of(CURVES, new StoppingRule.Asha(1, 3), Objective.MINIMIZE, 4))
                .isEqualTo(new Outcome(0.1, 9 + 3));
    }

    @Test
    void lastsAsLongAsTheCurvesWhenTheyRunOneByOne() {
        Outcome outcome = SweepRun.of(CURVES, new StoppingRule.Asha(1, 3), Objective.MAXIMIZE, 1);
        // The first two meet too few others to be measured against; the third and the fourth are stopped at once.
        assertThat(outcome).isEqualTo(new Outcome(0.9, 9 + 9 + 1 + 1));
    }

    @Test
    void readsItsOwnLines() {
        SeedResult result = new SeedResult(3, 0.98, 729, 0.975, 200, 0.97, 300);
        assertThat(SeedResult.parse(result.toString())).isEqualTo(result);
    }

    private static Curve flat(double value) {
        return new Curve(IntStream.rangeClosed(1, 9)
                .mapToObj(epoch -> new Curve.Point(epoch, value))
                .toList());
    }
}
