package io.modelmill.inference.batching;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelmill.inference.fixture.Eventually;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Work of the replica itself whose owner is told to stop, as at the end of the process. */
class RunSchedulerTest {
    private final RunScheduler scheduler = new RunScheduler(1, 2, 1000, Map.of());
    private final CountDownLatch begun = new CountDownLatch(1);
    private final CountDownLatch release = new CountDownLatch(1);
    private final AtomicBoolean ended = new AtomicBoolean();

    @AfterEach
    void close() {
        release.countDown();
        scheduler.close();
    }

    @Test
    void anInterruptedOwnerHearsOfWorkThatHasBegunOnlyAtItsEnd() throws InterruptedException {
        AtomicBoolean wasEnded = new AtomicBoolean();
        AtomicBoolean staysInterrupted = new AtomicBoolean();
        Thread owner = Thread.ofPlatform().start(() -> {
            try {
                scheduler.call(0, this::hold);
                wasEnded.set(ended.get());
                staysInterrupted.set(Thread.currentThread().isInterrupted());
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        });
        begun.await();
        owner.interrupt();
        Eventually.until("the interruption was seen", () -> !owner.isInterrupted());
        assertThat(owner.isAlive()).isTrue();
        release.countDown();
        owner.join();

        assertThat(wasEnded).isTrue();
        assertThat(staysInterrupted).isTrue();
    }

    @Test
    void workThatHasNotBegunIsTakenBack() throws InterruptedException {
        Thread.ofPlatform().start(() -> {
            try {
                scheduler.call(0, this::hold);
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        });
        begun.await();
        AtomicBoolean ran = new AtomicBoolean();
        AtomicReference<Exception> thrown = new AtomicReference<>();
        Thread owner = Thread.ofPlatform().start(() -> {
            try {
                scheduler.call(0, () -> {
                    ran.set(true);
                    return "";
                });
            } catch (Exception e) {
                thrown.set(e);
            }
        });
        Eventually.until("it waits", () -> owner.getState() == Thread.State.TIMED_WAITING);
        owner.interrupt();
        owner.join();
        release.countDown();

        assertThat(thrown.get()).isInstanceOf(InterruptedException.class);
        assertThat(ran).isFalse();
    }

    private String hold() throws InterruptedException {
        begun.countDown();
        release.await();
        ended.set(true);
        return "";
    }
}
