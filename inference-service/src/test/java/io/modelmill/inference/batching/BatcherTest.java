package io.modelmill.inference.batching;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelmill.inference.fixture.Eventually;
import io.modelmill.inference.model.InferenceReason;
import io.modelmill.servicekit.error.ServiceException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** One run thread, held at its first run, so that what is submitted meanwhile waits. */
class BatcherTest {
    private static final BatchPolicy EIGHT_ROWS = new BatchPolicy(BatchLimits.upTo(8), Map.of());

    private final CountDownLatch release = new CountDownLatch(1);
    private final CountedRuns statistics = new CountedRuns();
    private final FakeGraph graph = new FakeGraph(1, run -> hold());
    private final RunScheduler scheduler = new RunScheduler(1, 100, 1000, Map.of());

    @AfterEach
    void close() {
        release.countDown();
        scheduler.close();
    }

    @Test
    void runsWhatWaitsTogetherAndAnswersEachWithItsOwnRows() {
        Batcher batcher = scheduler.batcher(graph, EIGHT_ROWS, statistics, "test");
        Answer first = held(batcher);
        Answer one = submit(batcher, Requests.of("acme", 1, 1, 2));
        Answer two = submit(batcher, Requests.of("acme", 2, 3, 2));
        Answer three = submit(batcher, Requests.of("beta", 3, 2, 2));
        release.countDown();

        assertThat(first.await().values()).isEqualTo(Requests.answer(9, 1, 2));
        assertThat(one.await().values()).isEqualTo(Requests.answer(1, 1, 2));
        assertThat(two.await().values()).isEqualTo(Requests.answer(2, 3, 2));
        assertThat(two.shape()).containsExactly(3L, 2L);
        assertThat(three.await().values()).isEqualTo(Requests.answer(3, 2, 2));
        assertThat(three.times().rows()).isEqualTo(6);
        assertThat(rowsOfRuns()).containsExactly(1, 6);
        Eventually.until("both runs are noted", () -> statistics.requests.equals(List.of(1, 3)));
    }

    @Test
    void takesNoMoreRowsThanTheMaximum() {
        Batcher batcher = scheduler.batcher(graph, EIGHT_ROWS, statistics, "test");
        held(batcher);
        List<Answer> answers = new ArrayList<>();
        for (int request = 0; request < 5; request++) {
            answers.add(submit(batcher, Requests.of("acme", request, 3, 1)));
        }
        release.countDown();

        for (int request = 0; request < 5; request++) {
            assertThat(answers.get(request).await().values()).isEqualTo(Requests.answer(request, 3, 1));
        }
        assertThat(rowsOfRuns()).containsExactly(1, 6, 6, 3);
    }

    @Test
    void runsARequestWithMoreRowsThanTheMaximumAlone() {
        Batcher batcher = scheduler.batcher(graph, EIGHT_ROWS, statistics, "test");
        held(batcher);
        Answer large = submit(batcher, Requests.of("acme", 1, 9, 1));
        Answer small = submit(batcher, Requests.of("acme", 2, 1, 1));
        release.countDown();

        assertThat(large.await().values()).isEqualTo(Requests.answer(1, 9, 1));
        assertThat(small.await().values()).isEqualTo(Requests.answer(2, 1, 1));
        assertThat(rowsOfRuns()).containsExactly(1, 9, 1);
    }

    @Test
    void neverMixesShapes() {
        Batcher batcher = scheduler.batcher(graph, EIGHT_ROWS, statistics, "test");
        held(batcher);
        List<Answer> answers = new ArrayList<>();
        for (int request = 0; request < 4; request++) {
            answers.add(submit(batcher, Requests.of("acme", request, 1, 1 + request % 2)));
        }
        release.countDown();

        for (int request = 0; request < 4; request++) {
            assertThat(answers.get(request).await().values()).isEqualTo(Requests.answer(request, 1, 1 + request % 2));
        }
        assertThat(graph.runs.stream().map(FakeGraph.Run::shape))
                .containsExactly(List.of(1L, 2L), List.of(2L, 1L), List.of(2L, 2L));
    }

    @Test
    void runsEachAloneWithoutBatching() {
        Batcher batcher = scheduler.batcher(graph, BatchPolicy.UNBATCHED, statistics, "test");
        held(batcher);
        submit(batcher, Requests.of("acme", 1, 1, 2));
        Answer last = submit(batcher, Requests.of("acme", 2, 1, 2));
        release.countDown();

        assertThat(last.await().values()).isEqualTo(Requests.answer(2, 1, 2));
        assertThat(rowsOfRuns()).containsExactly(1, 1, 1);
    }

    @Test
    void answersTheOthersWhenOneRequestSpoilsTheBatch() {
        FakeGraph picky = new FakeGraph(1, run -> {
            hold();
            if (run.rows() == 2 || run.rows() > 3) {
                throw new ServiceException(InferenceReason.RUN_REFUSED, "no: " + run.rows());
            }
        });
        Batcher batcher = scheduler.batcher(picky, EIGHT_ROWS, statistics, "test");
        held(batcher);
        Answer good = submit(batcher, Requests.of("acme", 1, 1, 1));
        Answer bad = submit(batcher, Requests.of("acme", 2, 2, 1));
        Answer better = submit(batcher, Requests.of("acme", 3, 3, 1));
        release.countDown();

        assertThat(good.await().values()).isEqualTo(Requests.answer(1, 1, 1));
        assertThat(bad.await().failure()).hasMessage("no: 2");
        assertThat(better.await().values()).isEqualTo(Requests.answer(3, 3, 1));
    }

    @Test
    void tellsAllOfABatchOfAFaultOfOurs() {
        FakeGraph broken = new FakeGraph(1, run -> {
            hold();
            if (run.rows() > 1) {
                throw new IllegalStateException("device lost");
            }
        });
        Batcher batcher = scheduler.batcher(broken, EIGHT_ROWS, statistics, "test");
        held(batcher);
        Answer one = submit(batcher, Requests.of("acme", 1, 1, 1));
        Answer two = submit(batcher, Requests.of("acme", 2, 1, 1));
        release.countDown();

        assertThat(one.await().failure()).hasMessage("device lost");
        assertThat(two.await().failure()).hasMessage("device lost");
        assertThat(broken.runs.stream().map(FakeGraph.Run::rows)).containsExactly(1, 2);
    }

    @Test
    void stopsBatchingAGraphWhoseOutputsHaveOtherRows() {
        FakeGraph odd = new FakeGraph(1, run -> hold()) {
            @Override
            List<Long> outputShape(List<Long> input) {
                return List.of(1L, input.getFirst() * input.getLast());
            }
        };
        Batcher batcher = scheduler.batcher(odd, EIGHT_ROWS, statistics, "test");
        held(batcher);
        Answer one = submit(batcher, Requests.of("acme", 1, 1, 1));
        Answer two = submit(batcher, Requests.of("acme", 2, 1, 1));
        release.countDown();

        assertThat(one.await().values()).isEqualTo(Requests.answer(1, 1, 1));
        assertThat(two.await().values()).isEqualTo(Requests.answer(2, 1, 1));
        assertThat(odd.runs.stream().map(FakeGraph.Run::rows)).containsExactly(1, 2, 1, 1);
        assertThat(batcher.limits()).isEqualTo(BatchLimits.UNBATCHED);
    }

    @Test
    void waitsForMoreRowsUntilAPreferredSize() {
        long hour = Duration.ofHours(1).toNanos();
        BatchPolicy patient = new BatchPolicy(new BatchLimits(8, hour, List.of(3, 6)), Map.of());
        release.countDown();
        Batcher batcher = scheduler.batcher(graph, patient, statistics, "test");
        Answer one = submit(batcher, Requests.of("acme", 1, 2, 1));
        assertThat(graph.runs).isEmpty();
        Answer two = submit(batcher, Requests.of("acme", 2, 1, 1));

        assertThat(one.await().values()).isEqualTo(Requests.answer(1, 2, 1));
        assertThat(two.await().values()).isEqualTo(Requests.answer(2, 1, 1));
        assertThat(rowsOfRuns()).containsExactly(3);
    }

    @Test
    void waitsForMoreRowsNoLongerThanItsDelay() {
        BatchPolicy hasty =
                new BatchPolicy(new BatchLimits(8, Duration.ofMillis(20).toNanos(), List.of()), Map.of());
        release.countDown();
        Batcher batcher = scheduler.batcher(graph, hasty, statistics, "test");

        assertThat(submit(batcher, Requests.of("acme", 1, 1, 1)).await().values())
                .isEqualTo(Requests.answer(1, 1, 1));
    }

    @Test
    void finishesWhatWaitsWhenTheVersionIsClosed() {
        BatchPolicy patient =
                new BatchPolicy(new BatchLimits(8, Duration.ofHours(1).toNanos(), List.of()), Map.of());
        release.countDown();
        Batcher batcher = scheduler.batcher(graph, patient, statistics, "test");
        Answer waiting = submit(batcher, Requests.of("acme", 1, 1, 1));
        batcher.close();
        Answer late = submit(batcher, Requests.of("acme", 2, 1, 1));

        assertThat(waiting.await().values()).isEqualTo(Requests.answer(1, 1, 1));
        assertThat(late.await().values()).isEqualTo(Requests.answer(2, 1, 1));
    }

    private Answer held(Batcher batcher) {
        Answer answer = submit(batcher, Requests.of("acme", 9, 1, 2));
        Eventually.until("the thread is taken", () -> scheduler.waiting() == 0);
        return answer;
    }

    private static Answer submit(Batcher batcher, InferenceRequest request) {
        Answer answer = new Answer();
        batcher.submit(request, answer);
        return answer;
    }

    private void hold() {
        try {
            release.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private List<Integer> rowsOfRuns() {
        return graph.runs.stream().map(FakeGraph.Run::rows).toList();
    }
}
