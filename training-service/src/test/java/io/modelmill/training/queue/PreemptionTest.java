package io.modelmill.training.queue;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelmill.training.quota.Quota;
import io.modelmill.training.resource.Resources;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PreemptionTest {
    private final QueueModel queue = new QueueModel(4);

    @Test
    void takesFromTenantWithTheLargestShareTheYoungestOfItsLeastUrgent() {
        queue.submit("acme", 1, 1);
        queue.submit("acme", 1, 0);
        queue.pass(Duration.ofSeconds(1));
        startAll();
        queue.pass(Duration.ofSeconds(1));
        long youngest = queue.submit("acme", 1, 0);
        startAll();
        queue.submit("bolt", 1, 0);
        startAll();
        long next = queue.submit("core", 1, 0);
        startAll();
        assertThat(queue.preempt()).contains(next);
        assertThat(queue.waits(youngest)).isTrue();
        assertThat(queue.startNext()).contains(next);
        assertThat(queue.preemptions()).isEqualTo(1);
    }

    @Test
    void takesNothingThatWouldOnlyTurnTheTablesRound() {
        queue.submit("acme", 4, 0);
        startAll();
        queue.submit("bolt", 4, 0);
        startAll();
        assertThat(queue.preempt()).isEmpty();
    }

    @Test
    void takesThePlaceOfALargeJobForASmallerShare() {
        long large = queue.submit("acme", 4, 0);
        startAll();
        long small = queue.submit("bolt", 3, 0);
        startAll();
        assertThat(queue.preempt()).contains(small);
        assertThat(startAll()).containsExactly(small);
        assertThat(queue.waits(large)).isTrue();
        assertThat(queue.preempt()).isEmpty();
    }

    @Test
    void keepsThePlaceForWhoAskedForIt() {
        long early = queue.submit("bolt", 1, 0);
        startAll();
        queue.submit("acme", 3, 0);
        startAll();
        long wanted = queue.submit("bolt", 1, 0);
        startAll();
        assertThat(queue.preempt()).contains(wanted);
        assertThat(startAll()).containsExactly(wanted);
        assertThat(queue.waits(early)).isFalse();
    }

    @Test
    void urgentJobTakesThePlaceOfALessUrgentOneOfItsTenant() {
        long low = queue.submit("acme", 4, 0);
        startAll();
        queue.submit("acme", 4, 0);
        startAll();
        assertThat(queue.preempt()).isEmpty();
        long high = queue.submit("acme", 3, 1);
        startAll();
        assertThat(queue.preempt()).contains(high);
        assertThat(startAll()).contains(high);
        assertThat(queue.waits(low)).isTrue();
    }

    @Test
    void takesNoMoreThanItNeeds() {
        for (int i = 0; i < 4; i++) {
            queue.submit("acme", 1, 0);
        }
        startAll();
        queue.submit("bolt", 1, 0);
        startAll();
        assertThat(queue.preempt()).isPresent();
        assertThat(queue.running()).hasSize(3);
    }

    @Test
    void eachPreemptionMakesTheLargestSharesSmallerAndTheyComeToAnEnd() {
        int all = 0;
        for (int seed = 0; seed < 1_000; seed++) {
            Random random = new Random(seed);
            int jobs = 2 + random.nextInt(15);
            QueueModel made = made(random, jobs);
            int rounds = 0;
            boolean moved = true;
            while (moved) {
                made.pass(Duration.ofSeconds(random.nextInt(8)));
                moved = startAll(made) > 0;
                List<Double> before = made.shares();
                Optional<Long> asked = made.preempt();
                if (asked.isPresent()) {
                    assertThat(made.startNext())
                            .as("seed %d: who asked starts", seed)
                            .isEqualTo(asked);
                    List<Double> after = made.shares();
                    assertThat(compare(after, before))
                            .as("seed %d: shares %s, then %s", seed, before, after)
                            .isNotPositive();
                    moved = true;
                }
                assertThat(rounds++).as("seed %d: rounds", seed).isLessThan(10 * jobs);
            }
            assertThat(made.preemptions())
                    .as("seed %d: preemptions", seed)
                    .isLessThanOrEqualTo(QueueModel.MOST_PREEMPTIONS * jobs);
            all += made.preemptions();
        }
        assertThat(all).as("preemptions that were looked at").isGreaterThan(500);
    }

    /** Jobs that never end, of tenants with weights, in a runner of some cores. */
    private static QueueModel made(Random random, int jobs) {
        int cores = 2 + random.nextInt(15);
        QueueModel made = new QueueModel(new Resources(cores, 1L << 40, 0));
        int tenants = 1 + random.nextInt(5);
        for (int tenant = 0; tenant < tenants; tenant++) {
            made.grant(
                    "t" + tenant,
                    new Quota(
                            Optional.empty(),
                            Optional.empty(),
                            Optional.empty(),
                            Optional.empty(),
                            0.5 + random.nextInt(4)));
        }
        for (int job = 0; job < jobs; job++) {
            made.submit("t" + random.nextInt(tenants), 1 + random.nextInt(cores), random.nextInt(4) - 2);
            if (random.nextBoolean()) {
                startAll(made);
            }
        }
        return made;
    }

    private static int compare(List<Double> one, List<Double> other) {
        for (int i = 0; i < one.size(); i++) {
            int difference = Double.compare(one.get(i), other.get(i));
            if (difference != 0) {
                return difference;
            }
        }
        return 0;
    }

    private List<Long> startAll() {
        List<Long> started = new ArrayList<>();
        for (Optional<Long> next = queue.startNext(); next.isPresent(); next = queue.startNext()) {
            started.add(next.get());
        }
        return started;
    }

    private static int startAll(QueueModel queue) {
        int started = 0;
        while (queue.startNext().isPresent()) {
            started++;
        }
        return started;
    }
}
