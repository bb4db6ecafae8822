package io.modelmill.benchmarks.load;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class LoadTest {
    private static final Duration NONE = Duration.ZERO;
    private static final Duration SHORT = Duration.ofMillis(50);

    @Test
    void countsHowCallsEnd() {
        Tally tally = new Tally();
        for (int i = 0; i < 98; i++) {
            tally.ended(Status.Code.OK, 1_000);
        }
        tally.ended(Status.Code.DEADLINE_EXCEEDED, 1_000_000);
        tally.ended(Status.Code.DEADLINE_EXCEEDED, 1_000_000);
        tally.ended(Status.Code.RESOURCE_EXHAUSTED, 10);
        tally.dropped();

        LoadResult result = tally.result(2);
        assertThat(result.perSecond()).isEqualTo(49);
        assertThat(result.failed()).isEqualTo(4);
        assertThat(result.failures())
                .isEqualTo(Map.of(Status.Code.DEADLINE_EXCEEDED, 2L, Status.Code.RESOURCE_EXHAUSTED, 1L));
        assertThat(result.describeFailures()).isEqualTo("DEADLINE_EXCEEDED 2, RESOURCE_EXHAUSTED 1, not sent 1");
        assertThat(result.nanos(100)).isBetween(1_000.0, 1_001.0);
        assertThat(result.admittedNanos(99))
                .as("a late answer is late, not absent")
                .isGreaterThan(999_000);
    }

    @Test
    void hasNoTimesWithoutAnswers() {
        assertThat(new Tally().result(1).nanos(50)).isNaN();
    }

    @Test
    void makesEveryCallOfItsSchedule() throws InterruptedException {
        AtomicInteger calls = new AtomicInteger();
        LoadResult result = open(answer -> {
            calls.incrementAndGet();
            answer.arrived(Status.Code.OK);
        });

        PoissonSchedule schedule = new PoissonSchedule(1_000, 1);
        int due = 0;
        while (schedule.next() < SHORT.toNanos()) {
            due++;
        }
        assertThat(calls).hasValue(due);
        assertThat(result.answered().getTotalCount()).isEqualTo(due);
    }

    @Test
    void chargesAStallToAllCallsThatWereDue() throws InterruptedException {
        AtomicInteger calls = new AtomicInteger();
        Queue<Target.Answer> held = new ArrayDeque<>();
        // All calls are answered when the last was made: the first waited for nearly all that time.
        LoadResult result = open(answer -> {
            held.add(answer);
            if (calls.incrementAndGet() == 20) {
                held.forEach(each -> each.arrived(Status.Code.OK));
                held.clear();
            } else if (calls.get() > 20) {
                answer.arrived(Status.Code.OK);
            }
        });

        PoissonSchedule schedule = new PoissonSchedule(1_000, 1);
        long first = schedule.next();
        long last = first;
        for (int i = 1; i < 20; i++) {
            last = schedule.next();
        }
        assertThat((double) result.answered().getMaxValue()).isGreaterThan((last - first) * 0.99);
    }

    @Test
    void dropsWhatWouldExceedItsBoundAndCountsIt() throws InterruptedException {
        Queue<Target.Answer> held = new ArrayDeque<>();
        LoadResult result = new OpenLoop(NONE, SHORT, 3)
                .run(List.of(
                        new OpenLoop.Source(held::add, 1_000, 1),
                        new OpenLoop.Source(
                                answer -> {
                                    // The other source's calls end when this one's first is due.
                                    held.forEach(each -> each.arrived(Status.Code.UNAVAILABLE));
                                    held.clear();
                                    answer.arrived(Status.Code.OK);
                                },
                                50,
                                2)))
                .getFirst();
        assertThat(result.failures().keySet()).isSubsetOf(Status.Code.UNAVAILABLE, Status.Code.UNKNOWN);
        assertThat(result.failed()).isGreaterThan(3);
        assertThat(result.dropped()).isPositive();
    }

    @Test
    void saturatesWithAsManyCallsAsItHasCallers() throws InterruptedException {
        AtomicInteger most = new AtomicInteger();
        AtomicInteger now = new AtomicInteger();
        LoadResult result = new Saturation(3, NONE, SHORT)
                .run(answer -> Thread.ofVirtual().start(() -> {
                    most.accumulateAndGet(now.incrementAndGet(), Math::max);
                    Thread.yield();
                    now.decrementAndGet();
                    answer.arrived(Status.Code.OK);
                }));

        assertThat(most.get()).isBetween(1, 3);
        assertThat(result.perSecond()).isPositive();
        assertThat(now).hasValue(0);
    }

    private static LoadResult open(Target target) throws InterruptedException {
        return new OpenLoop(NONE, SHORT, 1_000)
                .run(List.of(new OpenLoop.Source(target, 1_000, 1)))
                .getFirst();
    }
}
