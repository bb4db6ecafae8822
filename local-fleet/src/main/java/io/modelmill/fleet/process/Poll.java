package io.modelmill.fleet.process;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/** Waits for what happens in another process, where nothing would tell us. */
public final class Poll {
    private static final Duration PAUSE = Duration.ofMillis(100);

    private Poll() {}

    /** Asks until there is an answer; empty if there was none within the limit or the thread was interrupted. */
    public static <T> Optional<T> until(Duration limit, Supplier<Optional<T>> question) {
        Instant deadline = Instant.now().plus(limit);
        while (true) {
            Optional<T> answer = question.get();
            if (answer.isPresent()
                    || Instant.now().isAfter(deadline)
                    || Thread.currentThread().isInterrupted()) {
                return answer;
            }
            LockSupport.parkNanos(PAUSE.toNanos());
        }
    }
}
