package io.modelmill.training.queue;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelmill.training.quota.Quota;
import io.modelmill.training.quota.Usage;
import io.modelmill.training.resource.Resources;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Thousands of made-up queues, each told by its seed. */
class TurnsPropertyTest {
    private static final int CASES = 1_000;
    private static final int LONGEST_RUN = 20;
    private static final Duration TICK = Duration.ofSeconds(1);

    @Test
    void everyJobGetsItsTurnHoweverManySmallerOnesKeepComing() {
        for (int seed = 0; seed < CASES; seed++) {
            Case one = new Case(new Random(seed));
            int bound = one.bound();
            for (int tick = 0; tick < bound && !one.toStart.isEmpty(); tick++) {
                one.tick(seed, false);
            }
            assertThat(one.toStart).as("seed %d: jobs that never started", seed).isEmpty();
        }
    }

    @Test
    void everyJobComesToItsEndHoweverManyAreToldToGiveTheirPlaces() {
        int preemptions = 0;
        for (int seed = 0; seed < CASES; seed++) {
            Case one = new Case(new Random(seed));
            int bound = one.bound() * (QueueModel.MOST_PREEMPTIONS + 1);
            for (int tick = 0; tick < bound && !one.toEnd.isEmpty(); tick++) {
                one.tick(seed, true);
            }
            assertThat(one.toEnd).as("seed %d: jobs that never ended", seed).isEmpty();
            preemptions += one.queue.preemptions();
        }
        assertThat(preemptions).as("preemptions of all cases").isGreaterThan(CASES);
    }

    /** A few tenants whose first jobs must all start, although new small jobs come whenever one starts. */
    private static final class Case {
        private final Random random;
        private final int cores;
        private final int tenants;
        private final QueueModel queue;
        private final Set<Long> toStart = new LinkedHashSet<>();
        private final Set<Long> toEnd = new LinkedHashSet<>();
        private final Map<Long, Integer> left = new HashMap<>();

        Case(Random random) {
            this.random = random;
            this.cores = 2 + random.nextInt(15);
            this.tenants = 1 + random.nextInt(5);
            this.queue = new QueueModel(cores);
            for (int tenant = 0; tenant < tenants; tenant++) {
                Optional<Integer> mostCores =
                        random.nextInt(3) == 0 ? Optional.of(1 + random.nextInt(cores)) : Optional.empty();
                Optional<Integer> mostJobs =
                        random.nextInt(3) == 0 ? Optional.of(1 + random.nextInt(3)) : Optional.empty();
                queue.grant(
                        "t" + tenant,
                        new Quota(mostJobs, mostCores, Optional.empty(), Optional.empty(), 0.25 + random.nextInt(8)));
            }
            int jobs = 1 + random.nextInt(20);
            for (int i = 0; i < jobs; i++) {
                String tenant = "t" + random.nextInt(tenants);
                int wanted = 1 + random.nextInt(cores);
                long key = queue.submit(tenant, wanted, random.nextInt(5) - 2);
                if (queue.quota(tenant)
                        .refuses(Usage.NONE, new Resources(wanted, 1, 0))
                        .isEmpty()) {
                    toStart.add(key);
                    toEnd.add(key);
                }
            }
            for (int tenant = 0; tenant < tenants; tenant++) {
                submitSmall("t" + tenant);
            }
        }

        /** Before each of the jobs there are at most all others, each of which waits for a turn, a place and an end. */
        int bound() {
            int perTurn = (int) QueueModel.PATIENCE.toSeconds() + 2 * LONGEST_RUN;
            return (toStart.size() + tenants) * tenants * perTurn;
        }

        private void submitSmall(String tenant) {
            queue.submit(tenant, 1, -2);
        }

        void tick(int seed, boolean preempting) {
            queue.pass(TICK);
            for (QueueModel.Running one : queue.running()) {
                if (left.merge(one.entry().key(), -1, Integer::sum) <= 0) {
                    queue.end(one.entry().key());
                    toEnd.remove(one.entry().key());
                }
            }
            do {
                startAll(seed);
            } while (preempting && queue.preempt().isPresent());
        }

        private void startAll(int seed) {
            for (Optional<Long> next = queue.startNext(); next.isPresent(); next = queue.startNext()) {
                toStart.remove(next.get());
                check(seed);
                // One that gave its place goes on where it was.
                if (left.putIfAbsent(next.get(), 1 + random.nextInt(LONGEST_RUN)) == null) {
                    submitSmall("t" + random.nextInt(tenants));
                }
            }
        }

        private void check(int seed) {
            int held = queue.running().stream()
                    .mapToInt(one -> one.entry().resources().cores())
                    .sum();
            assertThat(held).as("seed %d: cores", seed).isLessThanOrEqualTo(cores);
            for (int tenant = 0; tenant < tenants; tenant++) {
                Quota quota = queue.quota("t" + tenant);
                Usage usage = queue.usage("t" + tenant);
                assertThat(usage.runningJobs())
                        .isLessThanOrEqualTo(quota.maxRunningJobs().orElse(Integer.MAX_VALUE));
                assertThat(usage.held().cores())
                        .isLessThanOrEqualTo(quota.maxCores().orElse(Integer.MAX_VALUE));
            }
        }
    }
}
