package io.modelmill.training.queue;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelmill.training.quota.Quota;
import io.modelmill.training.resource.Resources;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PassTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final QueueModel queue = new QueueModel(4);

    @Test
    void ordersTenantsOwnJobsByPriorityThenAge() {
        long first = queue.submit("acme", 1, 0);
        long low = queue.submit("acme", 1, -5);
        long high = queue.submit("acme", 1, 5);
        long second = queue.submit("acme", 1, 0);
        assertThat(startAll()).containsExactly(high, first, second, low);
    }

    @Test
    void sharesBetweenTenantsWhateverTheirPriorities() {
        long a1 = queue.submit("acme", 1, 100);
        long a2 = queue.submit("acme", 1, 100);
        long a3 = queue.submit("acme", 1, 100);
        long b1 = queue.submit("bolt", 1, -100);
        long b2 = queue.submit("bolt", 1, -100);
        assertThat(startAll()).containsExactly(a1, b1, a2, b2);
        queue.end(a1);
        assertThat(startAll()).containsExactly(a3);
    }

    @Test
    void givesTwiceTheShareForTwiceTheWeight() {
        queue.grant("acme", weight(3));
        List<Long> acme = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            acme.add(queue.submit("acme", 1, 0));
            queue.submit("bolt", 1, 0);
        }
        assertThat(startAll()).hasSize(4).filteredOn(acme::contains).hasSize(3);
    }

    @Test
    void countsTheResourceThatATenantHoldsMostOf() {
        QueueModel both = new QueueModel(new Resources(10, 100, 0));
        both.submit("memory", new Resources(1, 50, 0), 0);
        both.submit("cores", new Resources(2, 1, 0), 0);
        long memory = both.submit("memory", new Resources(1, 1, 0), 0);
        long cores = both.submit("cores", new Resources(2, 1, 0), 0);
        both.startNext();
        both.startNext();
        assertThat(both.startNext()).contains(cores);
        assertThat(both.startNext()).contains(memory);
    }

    @Test
    void startsSmallerJobsBeforeOneThatDoesNotFitOnlyForAWhile() {
        long early = queue.submit("acme", 2, 0);
        assertThat(startAll()).containsExactly(early);
        long large = queue.submit("bolt", 4, 0);
        long small = queue.submit("acme", 1, 0);
        assertThat(startAll()).containsExactly(small);
        queue.pass(QueueModel.PATIENCE);
        queue.end(early);
        queue.submit("acme", 1, 0);
        assertThat(startAll()).isEmpty();
        queue.end(small);
        assertThat(queue.startNext()).contains(large);
    }

    @Test
    void startsWhatFitsBesideTheKeptPlace() {
        long early = queue.submit("acme", 3, 0);
        startAll();
        long large = queue.submit("bolt", 3, 0);
        startAll();
        queue.pass(QueueModel.PATIENCE.plus(SECOND));
        long beside = queue.submit("acme", 1, 0);
        queue.submit("acme", 1, 0);
        assertThat(startAll()).containsExactly(beside);
        queue.pass(SECOND);
        queue.end(early);
        assertThat(queue.startNext()).contains(large);
        assertThat(queue.running()).hasSize(2);
    }

    @Test
    void keepsNoPlaceForJobThatIsNotTheNextOfItsTenantAnyMore() {
        queue.submit("acme", 2, 0);
        startAll();
        queue.submit("bolt", 4, 0);
        startAll();
        queue.pass(QueueModel.PATIENCE);
        long sooner = queue.submit("bolt", 2, 1);
        assertThat(startAll()).containsExactly(sooner);
    }

    @Test
    void holdsJobsBackThatTheQuotaLetsStartLater() {
        queue.grant("acme", cores(3));
        long first = queue.submit("acme", 2, 0);
        long second = queue.submit("acme", 2, 0);
        long third = queue.submit("acme", 1, 0);
        assertThat(startAll()).containsExactly(first);
        queue.end(first);
        assertThat(startAll()).containsExactly(second, third);
    }

    @Test
    void passesByJobsThatTheQuotaNeverLetsStart() {
        queue.grant("acme", cores(3));
        long tooLarge = queue.submit("acme", 4, 0);
        long fits = queue.submit("acme", 3, 0);
        assertThat(startAll()).containsExactly(fits);
        assertThat(queue.waits(tooLarge)).isTrue();
    }

    private List<Long> startAll() {
        List<Long> started = new ArrayList<>();
        for (Optional<Long> next = queue.startNext(); next.isPresent(); next = queue.startNext()) {
            started.add(next.get());
        }
        return started;
    }

    private static Quota weight(double weight) {
        return new Quota(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), weight);
    }

    private static Quota cores(int most) {
        return new Quota(Optional.empty(), Optional.of(most), Optional.empty(), Optional.empty(), 1);
    }
}
