package io.modelmill.inference.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.modelmill.inference.fixture.Configurations;
import io.modelmill.inference.fixture.Eventually;
import io.modelmill.inference.model.InferenceReason;
import io.modelmill.servicekit.error.ServiceException;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class SessionRunsTest {
    private static final SessionConfig ONE_THREAD_TWO_WAITING = Configurations.of(
            SessionConfig.class, Map.of("modelmill.session.run-threads", "1", "modelmill.session.queue-capacity", "2"));

    private final CountDownLatch release = new CountDownLatch(1);

    @Test
    void refusesWhatTheQueueDoesNotHoldAndSaysWhenToTryAgain() {
        AtomicInteger done = new AtomicInteger();
        try (SessionRuns runs = new SessionRuns(ONE_THREAD_TWO_WAITING)) {
            occupy(runs);
            runs.submit(done::incrementAndGet);
            runs.submit(done::incrementAndGet);

            assertThatExceptionOfType(ServiceException.class)
                    .isThrownBy(() -> runs.submit(done::incrementAndGet))
                    .satisfies(full -> {
                        assertThat(full.reason()).isEqualTo(InferenceReason.QUEUE_FULL);
                        assertThat(full.retryAfter()).isPresent();
                    });
            release.countDown();
        }
        assertThat(done).as("work that was taken is done before close returns").hasValue(2);
    }

    @Test
    void makesTheReplicasOwnWorkWaitForRoom() throws Exception {
        try (SessionRuns runs = new SessionRuns(ONE_THREAD_TWO_WAITING)) {
            occupy(runs);
            runs.submit(() -> {});
            runs.submit(() -> {});
            Thread releasing = Thread.ofVirtual().start(release::countDown);

            assertThat(runs.call(() -> Thread.currentThread().getName())).startsWith("session-run-");
            releasing.join();
        }
    }

    @Test
    void refusesWorkAfterClose() {
        SessionRuns runs = new SessionRuns(ONE_THREAD_TWO_WAITING);
        runs.close();

        assertThatExceptionOfType(ServiceException.class)
                .isThrownBy(() -> runs.submit(() -> {}))
                .satisfies(refused -> assertThat(refused.reason()).isEqualTo(InferenceReason.REPLICA_NOT_READY));
    }

    /** Holds the one thread until {@link #release}. */
    private void occupy(SessionRuns runs) {
        runs.submit(() -> {
            try {
                release.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        Eventually.until("the thread has taken the work", () -> runs.waiting() == 0);
    }
}
