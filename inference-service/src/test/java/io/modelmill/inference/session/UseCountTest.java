package io.modelmill.inference.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class UseCountTest {
    private final AtomicInteger closings = new AtomicInteger();
    private final UseCount uses = new UseCount(closings::incrementAndGet);

    @Test
    void closesAtOnceWhenNobodyUsesIt() {
        uses.retire();

        assertThat(closings).hasValue(1);
        assertThat(uses.acquire()).isFalse();
    }

    @Test
    void closesAfterTheLastUser() {
        assertThat(uses.acquire()).isTrue();
        assertThat(uses.acquire()).isTrue();
        uses.retire();
        uses.release();
        assertThat(closings).hasValue(0);

        uses.release();

        assertThat(closings).hasValue(1);
    }

    @Test
    void closesOnce() {
        uses.retire();
        uses.retire();

        assertThat(closings).hasValue(1);
    }

    @Test
    void staysOpenWithoutUsersUntilRetired() {
        assertThat(uses.acquire()).isTrue();
        uses.release();

        assertThat(closings).hasValue(0);
    }

    @Test
    void refusesMoreReleasesThanUses() {
        assertThatIllegalStateException().isThrownBy(uses::release);
    }

    @Test
    void neverClosesDuringUse() {
        AtomicBoolean closed = new AtomicBoolean();
        AtomicInteger usedAfterClose = new AtomicInteger();
        UseCount raced = new UseCount(() -> closed.set(true));
        try (ExecutorService threads = Executors.newCachedThreadPool()) {
            for (int user = 0; user < 8; user++) {
                threads.execute(() -> {
                    while (raced.acquire()) {
                        if (closed.get()) {
                            usedAfterClose.incrementAndGet();
                        }
                        raced.release();
                    }
                });
            }
            threads.execute(raced::retire);
        }
        assertThat(closed).isTrue();
        assertThat(usedAfterClose).hasValue(0);
    }
}
