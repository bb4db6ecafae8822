package io.modelmill.inference.batching;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelmill.inference.fixture.Eventually;
import io.modelmill.inference.model.InferenceReason;
import io.modelmill.inference.session.InputTensor;
import io.modelmill.inference.session.RunResult;
import io.modelmill.inference.session.Termination;
import io.modelmill.servicekit.error.ServiceException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random interleavings of sizes, shapes, deadlines, cancellations, priorities, tenants and failures: each caller gets its
 * own rows or a correct error, exactly once, and nothing is lost. A seed makes the same requests; threads make their own
 * order of them.
 */
class BatcherPropertyTest {
    private static final int REQUESTS = 3000;
    private static final int CALLERS = 3;
    private static final Set<InferenceReason> REFUSALS = Set.of(
            InferenceReason.QUEUE_FULL,
            InferenceReason.DEADLINE_PASSED,
            InferenceReason.DEADLINE_UNREACHABLE,
            InferenceReason.CALLER_GONE);
    /** Number of a request whose rows the graph refuses. */
    private static final float POISON = -1;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void answersEachCallerOnceWithItsOwnRowsOrACorrectError(long seed) throws InterruptedException {
        Random settings = new Random(seed);
        int threads = 1 + settings.nextInt(4);
        int maxRows = 1 + settings.nextInt(16);
        long delay = settings.nextBoolean() ? 0 : settings.nextInt(300_000);
        List<Integer> preferred = delay > 0 && settings.nextBoolean() ? List.of(2, 5) : List.of();
        PoisonedGraph graph = new PoisonedGraph(1 + settings.nextInt(threads), maxRows);
        List<Sent> sent = new ArrayList<>();
        try (RunScheduler scheduler = new RunScheduler(threads, 20 + settings.nextInt(200), 400, Map.of("b", 2.0))) {
            BatchPolicy policy = new BatchPolicy(new BatchLimits(maxRows, delay, preferred), Map.of());
            Batcher batcher = scheduler.batcher(graph, policy, new CountedRuns(), "test");
            List<Thread> callers = new ArrayList<>();
            for (int caller = 0; caller < CALLERS; caller++) {
                Random random = new Random(seed * 31 + caller);
                callers.add(Thread.ofPlatform().start(() -> send(batcher, random, sent)));
            }
            for (Thread caller : callers) {
                caller.join();
            }
            Eventually.until("all are told", () -> sent.stream().allMatch(one -> one.answer.isTold()));
            assertThat(scheduler.waiting()).isZero();
        }

        assertThat(sent).hasSize(REQUESTS * CALLERS);
        sent.forEach(Sent::check);
        assertThat(graph.faults).isEmpty();
        assertThat(sent.stream().filter(one -> !one.answer.hasFailed()).count())
                .as("most are answered, else this would show little")
                .isGreaterThan(100);
    }

    private static void send(Batcher batcher, Random random, List<Sent> sent) {
        for (int number = 0; number < REQUESTS; number++) {
            Sent one = Sent.random(random);
            Ticket ticket = batcher.submit(one.request, one.answer);
            synchronized (sent) {
                sent.add(one);
            }
            if (random.nextInt(8) == 0) {
                ticket.cancel();
            }
            if (random.nextInt(16) == 0) {
                LockSupport.parkNanos(random.nextInt(1_000_000));
            }
        }
    }

    private record Sent(InferenceRequest request, float number, int rows, int width, Answer answer) {
        static Sent random(Random random) {
            int rows = random.nextInt(8) == 0 ? 1 + random.nextInt(20) : 1 + random.nextInt(3);
            int width = 1 + random.nextInt(3);
            float number = random.nextInt(50) == 0 ? POISON : random.nextInt(1_000_000);
            String tenant = List.of("a", "b", "c").get(random.nextInt(3));
            long deadline = random.nextInt(4) == 0
                    ? System.nanoTime() + random.nextInt(5_000_000)
                    : InferenceRequest.NO_DEADLINE;
            return new Sent(
                    Requests.of(tenant, number, rows, width, random.nextInt(12), deadline),
                    number,
                    rows,
                    width,
                    new Answer());
        }

        void check() {
            assertThat(answer.told()).isEqualTo(1);
            if (!answer.hasFailed()) {
                assertThat(number).isNotEqualTo(POISON);
                assertThat(answer.shape()).containsExactly((long) rows, (long) width);
                assertThat(answer.values()).isEqualTo(Requests.answer(number, rows, width));
                return;
            }
            Object reason = ((ServiceException) answer.failure()).reason();
            if (reason == InferenceReason.RUN_REFUSED) {
                assertThat(number).as("only its own rows fail a request").isEqualTo(POISON);
            } else {
                assertThat(REFUSALS).contains((InferenceReason) reason);
            }
        }
    }

    /** Refuses poisoned rows, and notes what a batcher must never do to a graph. */
    private static final class PoisonedGraph extends FakeGraph {
        final List<String> faults = Collections.synchronizedList(new ArrayList<>());
        private final int maxRows;

        PoisonedGraph(int concurrency, int maxRows) {
            super(concurrency, run -> {});
            this.maxRows = maxRows;
        }

        @Override
        public RunResult run(int thread, List<InputTensor> inputs, List<String> outputs, Termination termination) {
            if (thread >= concurrency()) {
                faults.add("run on thread " + thread);
            }
            if (inputs.getFirst().shape().getFirst() > Math.max(maxRows, 20)) {
                faults.add("ran " + inputs.getFirst().shape());
            }
            return super.run(thread, inputs, outputs, termination);
        }

        @Override
        void compute(ByteBuffer from, ByteBuffer to) {
            for (int at = 0; at < from.limit(); at += Float.BYTES) {
                if (from.getFloat(at) == POISON) {
                    throw new ServiceException(InferenceReason.RUN_REFUSED, "poison");
                }
            }
            super.compute(from, to);
        }
    }
}
