package io.modelmill.inference.batching;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelmill.inference.fixture.Eventually;
import io.modelmill.inference.model.InferenceReason;
import io.modelmill.servicekit.error.ServiceException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What becomes of a version's requests when it must not answer any more. One run thread, held at its first run. */
class RefusalTest {
    private static final BatchPolicy EIGHT_ROWS = new BatchPolicy(BatchLimits.upTo(8), Map.of());
    private static final ServiceException REVOKED =
            new ServiceException(InferenceReason.VERSION_REVOKED, "revoked: wrong rows");

    private final CountDownLatch release = new CountDownLatch(1);
    /** Ends a held run as ONNX Runtime does when it is told to. */
    private final FakeGraph graph = new FakeGraph(1, run -> {
        while (release.getCount() > 0) {
            if (run.termination().isRequested()) {
                throw new ServiceException(InferenceReason.RUN_TERMINATED, "ended");
            }
            Thread.onSpinWait();
        }
    });

    private final RunScheduler scheduler = new RunScheduler(1, 100, 1000, Map.of());
    private final Batcher batcher = scheduler.batcher(graph, EIGHT_ROWS, new CountedRuns(), "refused");

    @AfterEach
    void close() {
        release.countDown();
        scheduler.close();
    }

    @Test
    void neverRunsWhatWaits() {
        Batcher other = scheduler.batcher(graph, EIGHT_ROWS, new CountedRuns(), "other");
        submit(other, Requests.of("acme", 9, 1, 2));
        Eventually.until("the thread is taken", () -> scheduler.waiting() == 0);
        List<Answer> waiting = List.of(
                submit(batcher, Requests.of("acme", 1, 1, 2)),
                submit(batcher, Requests.of("acme", 2, 3, 2)),
                submit(batcher, Requests.of("beta", 3, 1, 2)),
                submit(batcher, Requests.of("beta", 4, 1, 5)));
        Answer others = submit(other, Requests.of("beta", 5, 1, 2));

        batcher.refuse(REVOKED);

        assertThat(waiting).allSatisfy(answer -> {
            assertThat(answer.failure()).isSameAs(REVOKED);
            assertThat(answer.told()).isEqualTo(1);
        });
        assertThat(scheduler.waiting()).isEqualTo(1);
        release.countDown();
        assertThat(others.await().values()).isEqualTo(Requests.answer(5, 1, 2));
        assertThat(graph.runs.stream().map(FakeGraph.Run::shape)).containsExactly(List.of(1L, 2L), List.of(1L, 2L));
    }

    @Test
    void endsWhatRunsAndDoesNotAnswerIt() {
        Answer running = submit(batcher, Requests.of("acme", 1, 1, 2));
        Eventually.until("it runs", () -> !graph.runs.isEmpty());

        batcher.refuse(REVOKED);

        assertThat(running.await().failure()).isSameAs(REVOKED);
        assertThat(running.told()).isEqualTo(1);
    }

    @Test
    void doesNotAnswerWhatRunsThoughItCannotBeEnded() {
        FakeGraph stubborn = new FakeGraph(1, run -> {
            while (release.getCount() > 0) {
                Thread.onSpinWait();
            }
        });
        Batcher running = scheduler.batcher(stubborn, EIGHT_ROWS, new CountedRuns(), "stubborn");
        Answer answer = submit(running, Requests.of("acme", 1, 1, 2));
        Eventually.until("it runs", () -> !stubborn.runs.isEmpty());

        running.refuse(REVOKED);
        release.countDown();

        assertThat(answer.await().failure()).isSameAs(REVOKED);
    }

    @Test
    void refusesAllThatComesLater() {
        release.countDown();
        batcher.refuse(REVOKED);

        assertThat(submit(batcher, Requests.of("acme", 1, 1, 2)).failure()).isSameAs(REVOKED);
        assertThat(graph.runs).isEmpty();
    }

    @Test
    void takesNoRoomFromOthers() {
        RunScheduler small = new RunScheduler(1, 2, 1000, Map.of());
        try {
            Batcher refused = small.batcher(graph, EIGHT_ROWS, new CountedRuns(), "refused");
            Batcher other = small.batcher(graph, EIGHT_ROWS, new CountedRuns(), "other");
            submit(other, Requests.of("acme", 9, 1, 2));
            Eventually.until("the thread is taken", () -> small.waiting() == 0);
            submit(refused, Requests.of("acme", 1, 1, 2));
            submit(refused, Requests.of("acme", 2, 1, 2));

            refused.refuse(REVOKED);

            Answer one = submit(other, Requests.of("acme", 3, 1, 2));
            Answer two = submit(other, Requests.of("acme", 4, 1, 2));
            release.countDown();
            assertThat(one.await().values()).isEqualTo(Requests.answer(3, 1, 2));
            assertThat(two.await().values()).isEqualTo(Requests.answer(4, 1, 2));
        } finally {
            release.countDown();
            small.close();
        }
    }

    private static Answer submit(Batcher to, InferenceRequest request) {
        Answer answer = new Answer();
        to.submit(request, answer);
        return answer;
    }
}
