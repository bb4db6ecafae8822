package io.modelmill.inference.batching;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The queue alone, with made-up run times: who gets how much of them. */
class FairShareTest {
    private static final long RUN_NANOS = 1_000_000;

    private final RunScheduler scheduler = new RunScheduler(1, 10, 10, Map.of());
    private final Map<String, Long> used = new HashMap<>();
    private long now;

    @AfterEach
    void close() {
        scheduler.close();
    }

    @Test
    void givesABusyTenantNoMoreThanItsShareWhileOthersHaveWork() {
        WaitingRequests queue = new WaitingRequests(10_000, 100_000, Map.of());
        Batcher busy = batcher(1);
        Batcher other = batcher(1);

        run(queue, 1000, tick -> {
            // Ten times what it can get, on its own model.
            add(queue, busy, "busy", 10);
            add(queue, other, "other", 1);
        });

        assertThat(share("busy")).isCloseTo(0.5, within(0.01));
        assertThat(share("other")).isCloseTo(0.5, within(0.01));
    }

    @Test
    void givesATenantAllThatTheOthersLeave() {
        WaitingRequests queue = new WaitingRequests(10_000, 100_000, Map.of());
        Batcher model = batcher(1);

        run(queue, 1000, tick -> {
            add(queue, model, "busy", 2);
            if (tick % 10 == 0) {
                add(queue, model, "rare", 1);
            }
        });

        assertThat(share("rare")).isCloseTo(0.1, within(0.01));
        assertThat(share("busy")).isCloseTo(0.9, within(0.01));
    }

    @Test
    void weighsShares() {
        WaitingRequests queue = new WaitingRequests(10_000, 100_000, Map.of("gold", 3.0));
        Batcher model = batcher(1);

        run(queue, 1000, tick -> {
            add(queue, model, "gold", 2);
            add(queue, model, "plain", 2);
        });

        assertThat(share("gold")).isCloseTo(0.75, within(0.01));
    }

    @Test
    void countsRunTimeAndNotRequests() {
        WaitingRequests queue = new WaitingRequests(10_000, 100_000, Map.of());
        Batcher model = batcher(1);

        run(queue, 2000, tick -> {
            add(queue, model, "large", 2, 9);
            add(queue, model, "small", 2, 1);
        });

        assertThat(share("large")).isCloseTo(0.5, within(0.02));
    }

    @Test
    void doesNotLetATenantSaveWhatItDidNotUse() {
        WaitingRequests queue = new WaitingRequests(10_000, 100_000, Map.of());
        Batcher model = batcher(1);
        run(queue, 500, tick -> add(queue, model, "steady", 2));
        used.clear();

        run(queue, 500, tick -> {
            add(queue, model, "steady", 2);
            add(queue, model, "late", 2);
        });

        assertThat(share("late")).isCloseTo(0.5, within(0.01));
    }

    @Test
    void sharesMixedBatchesByTheirRows() {
        WaitingRequests queue = new WaitingRequests(10_000, 100_000, Map.of());
        Batcher model = batcher(8);

        run(queue, 500, tick -> {
            add(queue, model, "busy", 40);
            add(queue, model, "other", 8);
        });

        assertThat(share("busy")).isCloseTo(0.5, within(0.02));
    }

    @Test
    void takesByPriorityThenArrivalWithinATenant() {
        WaitingRequests queue = new WaitingRequests(10_000, 100_000, Map.of());
        Batcher model = batcher(1);
        long[] priorities = {0, 9, 1, 5, 1, 11};
        List<QueuedRequest> added = new ArrayList<>();
        for (long priority : priorities) {
            added.add(queued(model, "acme", 1, priority, InferenceRequest.NO_DEADLINE));
            queue.add(added.getLast(), now);
        }

        List<Integer> order = new ArrayList<>();
        while (queue.size() > 0) {
            order.add(added.indexOf(take(queue).requests[0]));
        }
        assertThat(order).containsExactly(2, 4, 0, 3, 1, 5);
    }

    @Test
    void pushesOutTheTenantThatHoldsMostOfAFullQueue() {
        WaitingRequests queue = new WaitingRequests(4, 100, Map.of());
        Batcher model = batcher(1);
        List<QueuedRequest> hoarded = new ArrayList<>();
        for (int request = 0; request < 3; request++) {
            hoarded.add(queued(model, "hoarder", 1, 0, InferenceRequest.NO_DEADLINE));
            queue.add(hoarded.getLast(), now);
        }
        queue.add(queued(model, "other", 1, 0, InferenceRequest.NO_DEADLINE), now);
        QueuedRequest more = queued(model, "other", 1, 0, InferenceRequest.NO_DEADLINE);

        assertThat(queue.isFullFor(more)).isTrue();
        assertThat(queue.victimFor(more)).isSameAs(hoarded.getLast());
        assertThat(queue.victimFor(queued(model, "hoarder", 1, 0, InferenceRequest.NO_DEADLINE)))
                .as("it is itself the one too many")
                .isNull();
        assertThat(queue.victimFor(queued(model, "hoarder", 1, 1, InferenceRequest.NO_DEADLINE)))
                .as("one of a higher priority takes the place of a lower one")
                .isSameAs(hoarded.getLast());
    }

    @Test
    void expectsATenantsTurnByItsShareAndItsOwnRequests() {
        WaitingRequests queue = new WaitingRequests(10_000, 100_000, Map.of());
        Batcher model = batcher(1);
        model.costs.measured(1, RUN_NANOS);
        QueuedRequest lone = queued(model, "small", 1, 0, now + 1);
        assertThat(queue.expectedNanos(lone, 1, 0))
                .as("it has nothing to wait for")
                .isZero();
        add(queue, model, "busy", 100);
        add(queue, model, "small", 1);

        assertThat(queue.expectedNanos(queued(model, "busy", 1, 0, now + 1), 1, RUN_NANOS))
                .as(
                        "a hundred runs of its own on half of the thread, half as long again; what is left of another run and"
                                + " its own, a fifth longer")
                .isCloseTo(302.4 * RUN_NANOS, within(1.0));
        assertThat(queue.expectedNanos(queued(model, "small", 1, 0, now + 1), 2, RUN_NANOS))
                .isCloseTo(3.9 * RUN_NANOS, within(1.0));
        assertThat(queue.expectedNanos(queued(model, "busy", 1, 1, now + 1), 1, RUN_NANOS))
                .as("those of lower priority come after it")
                .isCloseTo(2.4 * RUN_NANOS, within(1.0));
    }

    private Batcher batcher(int maxRows) {
        return scheduler.batcher(
                new FakeGraph(), new BatchPolicy(BatchLimits.upTo(maxRows), Map.of()), new CountedRuns(), "test");
    }

    private void add(WaitingRequests queue, Batcher batcher, String tenant, int requests) {
        add(queue, batcher, tenant, requests, 1);
    }

    private void add(WaitingRequests queue, Batcher batcher, String tenant, int requests, int rows) {
        for (int request = 0; request < requests; request++) {
            QueuedRequest queued = queued(batcher, tenant, rows, 0, InferenceRequest.NO_DEADLINE);
            if (!queue.isFullFor(queued)) {
                queue.add(queued, now);
            }
        }
    }

    private QueuedRequest queued(Batcher batcher, String tenant, int rows, long priority, long deadline) {
        InferenceRequest request = Requests.of(tenant, 1, rows, 1, priority, deadline);
        return new QueuedRequest(batcher, request, new Answer(), request.inputs(), rows, false, -1, 0, now);
    }

    private Batch take(WaitingRequests queue) {
        TenantQueue fairest = Objects.requireNonNull(queue.fairest(0, now));
        return Objects.requireNonNull(queue.take(fairest, 0, now, new ArrayList<>()));
    }

    /** Runs one batch after each arrival; it takes as long as it has rows. */
    private void run(WaitingRequests queue, int ticks, Consumer<Integer> arrivals) {
        for (int tick = 0; tick < ticks; tick++) {
            arrivals.accept(tick);
            Batch batch = take(queue);
            long nanos = RUN_NANOS * batch.rows;
            now += nanos;
            batch.succeeded = true;
            queue.ended(batch, nanos);
            for (QueuedRequest request : batch.requests) {
                used.merge(request.request.tenant(), nanos * request.rows / batch.rows, Long::sum);
            }
        }
    }

    private double share(String tenant) {
        long all = used.values().stream().mapToLong(Long::longValue).sum();
        return (double) used.getOrDefault(tenant, 0L) / all;
    }
}
