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

    private final List<String> told = new CopyOnWriteArrayList<>();
    private final Lease lease = new Lease(new LeaseGrant(Instant.now().plusSeconds(60), "", false));

    @Test
    void tellsEveryEpochInOrderThoughTheServiceIsAway() {
        var failures = new AtomicInteger(3);
        try (var reporter =
                new ProgressReporter(progress -> failures.getAndDecrement() <= 0 && tell(progress), lease)) {
            for (int epoch = 1; epoch <= 20; epoch++) {
                reporter.epochFinished(progress(epoch, epoch * 10));
            }
            reporter.flush(PATIENCE);
            assertThat(told).hasSize(20).first().isEqualTo("1 10");
            assertThat(told).last().isEqualTo("20 200");
        }
    }

    /** While the first is being told training goes on: of what is within the epoch the newest is told, and epochs before it. */
    @Test
    void trainingDoesNotWait() throws Exception {
        var begun = new CountDownLatch(1);
        var go = new CountDownLatch(1);
        try (var reporter = new ProgressReporter(
                progress -> {
                    begun.countDown();
                    await(go);
                    return tell(progress);
                },
                lease)) {
            reporter.progressed(progress(0, 1));
            await(begun);
            reporter.progressed(progress(0, 2));
            reporter.progressed(progress(0, 3));
            reporter.epochFinished(progress(1, 10));
            reporter.progressed(progress(1, 11));
            reporter.progressed(progress(1, 12));
            reporter.epochFinished(progress(2, 20));
            go.countDown();
            reporter.flush(PATIENCE);
        }
        assertThat(told).containsExactly("0 1", "1 10", "2 20");
    }

    @Test
    void flushGivesUpAndCloseTellsNothingMore() {
        var reporter = new ProgressReporter(progress -> false, lease);
        reporter.epochFinished(progress(1, 10));
        reporter.flush(Duration.ofMillis(1));
        reporter.close();
        assertThat(told).isEmpty();
    }

    private boolean tell(TrainingProgress progress) {
        return told.add(progress.epoch() + " " + progress.step());
    }

    private static TrainingProgress progress(int epoch, long step) {
        return new TrainingProgress(epoch, 100, step, 1000, Duration.ofSeconds(1), Map.of());
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
