package io.modelmill.benchmarks.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelmill.benchmarks.faults.Fault.Kind;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FaultScheduleTest {
    private static final Duration LENGTH = Duration.ofMinutes(25);
    private static final Duration OUTAGE = Duration.ofSeconds(60);

    @Test
    void isTheSameForTheSamePlan() {
        assertThat(FaultSchedule.of(plan(7))).isEqualTo(FaultSchedule.of(plan(7)));
        assertThat(FaultSchedule.of(plan(7))).isNotEqualTo(FaultSchedule.of(plan(8)));
        assertThat(Submission.of(plan(7))).isEqualTo(Submission.of(plan(7)));
        assertThat(Submission.of(plan(7))).isNotEqualTo(Submission.of(plan(8)));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void befallsEverythingInEveryWay(long seed) {
        List<Fault> faults = FaultSchedule.of(plan(seed));

        assertThat(faults).extracting(Fault::target).contains(Target.values());
        assertThat(faults).extracting(Fault::kind).contains(Kind.values());
        assertThat(faults)
                .filteredOn(fault -> fault.target().isLink())
                .extracting(Fault::kind)
                .containsOnly(Kind.CUT, Kind.FREEZE);
        assertThat(faults)
                .filteredOn(fault -> !fault.target().isLink())
                .extracting(Fault::kind)
                .containsOnly(Kind.KILL, Kind.FREEZE);
        assertThat(faults).extracting(Fault::at).isSorted().allMatch(at -> at.compareTo(LENGTH) < 0);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void keepsTheBrokerAwayOnceForLong(long seed) {
        List<Fault> faults = FaultSchedule.of(plan(seed));

        Fault outage = faults.stream()
                .filter(fault -> fault.length().equals(OUTAGE))
                .findFirst()
                .orElseThrow();
        assertThat(outage.target()).isEqualTo(Target.KAFKA);
        assertThat(outage.kind()).isEqualTo(Kind.KILL);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void befallsNothingTwiceAtATime(long seed) {
        Map<Target, Duration> until = new EnumMap<>(Target.class);
        for (Fault fault : FaultSchedule.of(plan(seed))) {
            if (fault.target() != Target.WORKER) {
                assertThat(fault.at()).as("%s", fault).isGreaterThan(until.getOrDefault(fault.target(), Duration.ZERO));
                until.put(fault.target(), fault.end());
            }
        }
    }

    @Test
    void submitsAsManyAsItSaysAndAllKinds() {
        List<Submission> submissions = Submission.of(plan(1));

        assertThat(submissions).hasSize(1000);
        assertThat(submissions)
                .filteredOn(submission -> submission.jobId().startsWith(Submission.REAL))
                .hasSize(50);
        assertThat(submissions).extracting(Submission::requestId).doesNotHaveDuplicates();
        assertThat(submissions)
                .filteredOn(submission -> !submission.jobId().isEmpty())
                .extracting(Submission::jobId)
                .doesNotHaveDuplicates();
        assertThat(submissions).extracting(Submission::at).isSorted();
        assertThat(submissions.stream()
                        .collect(Collectors.groupingBy(
                                submission -> Behaviour.of(submission.jobSeed()), Collectors.counting())))
                .containsOnlyKeys(Behaviour.values());
        assertThat(submissions).anyMatch(submission -> submission.cancelAfter().isPresent());
        assertThat(submissions).anyMatch(Submission::again);
        assertThat(submissions).anyMatch(submission -> submission.jobId().isEmpty());
    }

    @Test
    void tellsWorkersWhatToDoByTheSeed() {
        assertThat(Arrays.stream(Behaviour.values()).map(behaviour -> Behaviour.of(behaviour.seed(1234))))
                .containsExactly(Behaviour.values());
        assertThat(Behaviour.of(-1)).isEqualTo(Behaviour.TRAIN);
    }

    private static CampaignPlan plan(long seed) {
        return new CampaignPlan(seed, 1000, 50, LENGTH, OUTAGE, Duration.ofMinutes(1));
    }
}
