package io.modelmill.worker.assignment;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelmill.worker.train.TrainingProgress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ProgressReporterTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final List<List<String>> calls = new CopyOnWriteArrayList<>();
    private final Lease lease = new Lease(new LeaseGrant(Instant.now().plusSeconds(60), "", false, false));

    @Test
    void tellsEveryPointOnceAndInOrderThoughTheServiceIsAway() {
        var failures = new AtomicInteger(3);
        try (var reporter = new ProgressReporter(points -> failures.getAndDecrement() <= 0 && tell(points), lease)) {
            for (int epoch = 1; epoch <= 20; epoch++) {
                reporter.progressed(progress(epoch - 1, epoch * 10 - 5));
                reporter.epochFinished(progress(epoch, epoch * 10));
            }
            reporter.flush(PATIENCE);
            List<String> told = told();
            assertThat(told).hasSize(40).startsWith("0 5", "1 10", "1 15").endsWith("19 195", "20 200");
        }
    }

    /** While the first is being told training goes on: what came meanwhile is one call. */
    @Test
    void trainingDoesNotWaitAndWhatCameMeanwhileIsOneCall() throws Exception {
        var begun = new CountDownLatch(1);
        var go = new CountDownLatch(1);
        try (var reporter = new ProgressReporter(
                points -> {
                    begun.countDown();
                    await(go);
                    return tell(points);
                },
                lease)) {
            reporter.progressed(progress(0, 1));
            await(begun);
            reporter.progressed(progress(0, 2));
            reporter.epochFinished(progress(1, 10));
            reporter.progressed(progress(1, 11));
            reporter.epochFinished(progress(2, 20));
            go.countDown();
            reporter.flush(PATIENCE);
        }
        assertThat(calls).containsExactly(List.of("0 1"), List.of("0 2", "1 10", "1 11", "2 20"));
    }

    /** No more points in a call than the service takes. */
    @Test
    void splitsWhatIsMoreThanOneCallTakes() throws Exception {
        var begun = new CountDownLatch(1);
        var go = new CountDownLatch(1);
        int points = ProgressReporter.BATCH + 10;
        try (var reporter = new ProgressReporter(
                batch -> {
                    begun.countDown();
                    await(go);
                    return tell(batch);
                },
                lease)) {
            reporter.epochFinished(progress(0, 1));
            await(begun);
            for (int epoch = 1; epoch <= points; epoch++) {
                reporter.epochFinished(progress(epoch, epoch));
            }
            go.countDown();
            reporter.flush(PATIENCE);
        }
        assertThat(calls).extracting(List::size).containsExactly(1, ProgressReporter.BATCH, 10);
        assertThat(told()).hasSize(points + 1);
    }

    @Test
    void flushGivesUpAndCloseTellsNothingMore() {
        var reporter = new ProgressReporter(points -> false, lease);
        reporter.epochFinished(progress(1, 10));
        reporter.flush(Duration.ofMillis(1));
        reporter.close();
        assertThat(calls).isEmpty();
    }

    private boolean tell(List<TrainingProgress> points) {
        return calls.add(
                points.stream().map(point -> point.epoch() + " " + point.step()).toList());
    }

    private List<String> told() {
        return calls.stream().flatMap(List::stream).toList();
    }

    private static TrainingProgress progress(int epoch, long step) {
        return new TrainingProgress(epoch, 1000, step, 1000, Duration.ofSeconds(1), Map.of());
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
