package io.modelmill.inference.batching;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.modelmill.inference.fixture.Eventually;
import io.modelmill.inference.model.InferenceReason;
import io.modelmill.servicekit.error.ServiceException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What happens to requests that nobody waits for any more, or that there is no room for. */
class DeadlineTest {
    private static final BatchPolicy EIGHT_ROWS = new BatchPolicy(BatchLimits.upTo(8), Map.of());

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

    private final RunScheduler scheduler = new RunScheduler(1, 2, 1000, Map.of());
    private final Batcher batcher = scheduler.batcher(graph, EIGHT_ROWS, new CountedRuns(), "test");

    @AfterEach
    void close() {
        release.countDown();
        scheduler.close();
    }

    @Test
    void neverRunsWhatExpiredWhileItWaited() {
        Answer running = held();
        Answer expired = submit(Requests.of("acme", 1, 1, 2, 0, System.nanoTime() + 20_000_000));

        assertThat(reason(expired.await())).isEqualTo(InferenceReason.DEADLINE_PASSED);
        release.countDown();
        running.await();
        assertThat(graph.runs).hasSize(1);
    }

    @Test
    void refusesWhatHasExpiredAlready() {
        Answer late = submit(Requests.of("acme", 1, 1, 2, 0, System.nanoTime()));

        assertThat(reason(late)).isEqualTo(InferenceReason.DEADLINE_PASSED);
        assertThat(graph.runs).isEmpty();
    }

    @Test
    void neverRunsWhatWasCancelledWhileItWaited() {
        Answer running = held();
        Answer gone = new Answer();
        Ticket ticket = batcher.submit(Requests.of("acme", 1, 1, 2), gone);
        ticket.cancel();
        ticket.cancel();

        assertThat(reason(gone)).isEqualTo(InferenceReason.CALLER_GONE);
        release.countDown();
        running.await();
        assertThat(graph.runs).hasSize(1);
        assertThat(gone.told()).isEqualTo(1);
    }

    @Test
    void endsARunThatNobodyWaitsForAnyMore() {
        Answer gone = new Answer();
        Ticket ticket = batcher.submit(Requests.of("acme", 1, 1, 2), gone);
        Eventually.until("it runs", () -> !graph.runs.isEmpty());
        assertThat(gone.isTold()).isFalse();
        ticket.cancel();

        assertThat(reason(gone.await())).isEqualTo(InferenceReason.CALLER_GONE);
    }

    @Test
    void endsARunWhoseDeadlinePasses() {
        Answer expired = submit(Requests.of("acme", 1, 1, 2, 0, System.nanoTime() + 50_000_000));

        assertThat(reason(expired.await())).isEqualTo(InferenceReason.DEADLINE_PASSED);
    }

    @Test
    void goesOnWithARunThatOthersWaitFor() {
        CountDownLatch go = new CountDownLatch(1);
        FakeGraph steps = new FakeGraph(1, run -> {
            while ((run.rows() == 1 ? release : go).getCount() > 0) {
                if (run.termination().isRequested()) {
                    throw new ServiceException(InferenceReason.RUN_TERMINATED, "ended");
                }
                Thread.onSpinWait();
            }
        });
        Batcher two = scheduler.batcher(steps, EIGHT_ROWS, new CountedRuns(), "test");
        two.submit(Requests.of("acme", 9, 1, 2), new Answer());
        Eventually.until("the thread is taken", () -> scheduler.waiting() == 0);
        Answer gone = new Answer();
        Ticket ticket = two.submit(Requests.of("acme", 1, 1, 2), gone);
        Answer stays = new Answer();
        two.submit(Requests.of("acme", 2, 1, 2), stays);
        release.countDown();
        Eventually.until("both run", () -> steps.runs.size() == 2);
        ticket.cancel();
        go.countDown();

        assertThat(stays.await().values()).isEqualTo(Requests.answer(2, 1, 2));
        assertThat(reason(gone.await())).isEqualTo(InferenceReason.CALLER_GONE);
    }

    @Test
    void leavesOutWhatARunCannotAnswerInTimeWhileOthersWait() {
        BatchPolicy slow = new BatchPolicy(
                BatchLimits.UNBATCHED, Map.of(1, Duration.ofHours(1).toNanos()));
        Batcher hourly = scheduler.batcher(graph, slow, new CountedRuns(), "test");
        held();
        long deadline = System.nanoTime() + Duration.ofMinutes(10).toNanos();
        Answer hopeless = new Answer();
        hourly.submit(Requests.of("acme", 1, 1, 2, 0, deadline), hopeless);
        Answer patient = new Answer();
        hourly.submit(Requests.of("acme", 2, 1, 2), patient);
        release.countDown();

        assertThat(patient.await().values()).isEqualTo(Requests.answer(2, 1, 2));
        assertThat(reason(hopeless.await())).isEqualTo(InferenceReason.DEADLINE_PASSED);
        assertThat(graph.runs)
                .as("the one that held the thread, and the patient one")
                .hasSize(2);
    }

    @Test
    void refusesAtTheDoorWhatCannotBeAnsweredInTime() {
        BatchPolicy slow = new BatchPolicy(
                BatchLimits.UNBATCHED, Map.of(1, Duration.ofHours(1).toNanos()));
        Batcher hourly = scheduler.batcher(graph, slow, new CountedRuns(), "test");
        held();
        long deadline = System.nanoTime() + Duration.ofMinutes(10).toNanos();
        Answer first = new Answer();
        hourly.submit(Requests.of("acme", 1, 1, 2, 0, deadline), first);
        Answer second = new Answer();
        hourly.submit(Requests.of("acme", 1, 1, 2, 0, deadline), second);

        assertThat(first.isTold()).as("nothing waited before it").isFalse();
        assertThat(reason(second)).isEqualTo(InferenceReason.DEADLINE_UNREACHABLE);
        assertThat(((ServiceException) second.failure()).retryAfter())
                .hasValueSatisfying(after -> assertThat(after).isGreaterThan(Duration.ofHours(1)));
    }

    @Test
    void letsNothingInBehindARunThatHangs() {
        held();
        submit(Requests.of("acme", 1, 1, 2));
        long milli = Duration.ofMillis(1).toNanos();

        // The run before was not expected to take any time, and has taken more than this already.
        Eventually.until("it is late", () -> {
            Answer probe = submit(Requests.of("acme", 1, 1, 2, 0, System.nanoTime() + milli));
            return probe.await().hasFailed() && reason(probe) == InferenceReason.DEADLINE_UNREACHABLE;
        });
    }

    @Test
    void refusesWhatTheQueueDoesNotHoldAndSaysWhenToTryAgain() {
        held();
        submit(Requests.of("acme", 1, 1, 2));
        submit(Requests.of("acme", 1, 1, 2));
        Answer tooMany = submit(Requests.of("acme", 1, 1, 2));

        assertThat(reason(tooMany)).isEqualTo(InferenceReason.QUEUE_FULL);
        assertThat(((ServiceException) tooMany.failure()).retryAfter()).isPresent();
    }

    @Test
    void makesRoomForATenantThatHoldsLessOfTheQueue() {
        held();
        Answer first = submit(Requests.of("hoarder", 1, 1, 2));
        Answer second = submit(Requests.of("hoarder", 2, 1, 2));
        Answer other = submit(Requests.of("other", 3, 1, 2));

        assertThat(reason(second)).isEqualTo(InferenceReason.QUEUE_FULL);
        release.countDown();
        assertThat(first.await().values()).isEqualTo(Requests.answer(1, 1, 2));
        assertThat(other.await().values()).isEqualTo(Requests.answer(3, 1, 2));
    }

    @Test
    void runsTheReplicasOwnWorkBetweenOthers() throws Exception {
        Answer running = held();
        FutureTask<String> own = new FutureTask<>(
                () -> scheduler.call(0, () -> Thread.currentThread().getName()));
        Thread waiting = Thread.ofVirtual().start(own);
        release.countDown();

        assertThat(own.get()).isEqualTo("session-run-0");
        running.await();
        waiting.join();
    }

    @Test
    void passesOnTheFailureOfTheReplicasOwnWork() {
        assertThat(catchThrowableOfType(
                        ExecutionException.class,
                        () -> scheduler.call(0, () -> {
                            throw new IllegalStateException("no");
                        })))
                .hasRootCauseMessage("no");
    }

    @Test
    void finishesWhatWaitsAtTheEndAndRefusesMore() throws Exception {
        held();
        Answer waiting = submit(Requests.of("acme", 1, 1, 2));
        Future<?> closed = CompletableFuture.runAsync(scheduler::close);
        Eventually.until("the end has begun", () -> {
            Answer probe = submit(Requests.of("beta", 1, 1, 2, 0, System.nanoTime() + 1));
            return probe.isTold() && reason(probe) == InferenceReason.REPLICA_NOT_READY;
        });
        release.countDown();

        assertThat(waiting.await().values()).isEqualTo(Requests.answer(1, 1, 2));
        closed.get();
        assertThat(reason(submit(Requests.of("acme", 1, 1, 2)))).isEqualTo(InferenceReason.REPLICA_NOT_READY);
    }

    private Answer held() {
        Answer answer = submit(Requests.of("acme", 9, 1, 2));
        Eventually.until("the thread is taken", () -> graph.runs.size() == 1);
        return answer;
    }

    private Answer submit(InferenceRequest request) {
        Answer answer = new Answer();
        batcher.submit(request, answer);
        return answer;
    }

    private static Object reason(Answer answer) {
        return ((ServiceException) answer.failure()).reason();
    }
}
