package io.modelmill.benchmarks.load;

import io.grpc.Status;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Callers who each call again when they are answered: as much as the target can do.
 *
 * @param callers how many
 * @param warmUp not counted
 * @param measured counted by when a call ends
 */
public record Saturation(int callers, Duration warmUp, Duration measured) {
    private static final long LAST_ANSWERS_SECONDS = 60;

    /** Puts the load on a target. */
    public LoadResult run(Target target) throws InterruptedException {
        long from = System.nanoTime() + warmUp.toNanos();
        Tally tally = new Tally();
        AtomicBoolean over = new AtomicBoolean();
        CountDownLatch running = new CountDownLatch(callers);
        for (int caller = 0; caller < callers; caller++) {
            new Caller(target, from, from + measured.toNanos(), tally, over, running).call();
        }
        TimeUnit.NANOSECONDS.sleep(warmUp.toNanos() + measured.toNanos());
        LoadResult result = tally.result(measured.toNanos() / 1e9);
        over.set(true);
        if (!running.await(LAST_ANSWERS_SECONDS, TimeUnit.SECONDS)) {
            throw new IllegalStateException(
                    running.getCount() + " calls were not answered within " + LAST_ANSWERS_SECONDS + " s");
        }
        return result;
    }

    private static final class Caller implements Target.Answer {
        private final Target target;
        private final long from;
        private final long to;
        private final Tally tally;
        private final AtomicBoolean over;
        private final CountDownLatch running;
        private long start;

        Caller(Target target, long from, long to, Tally tally, AtomicBoolean over, CountDownLatch running) {
            this.target = target;
            this.from = from;
            this.to = to;
            this.tally = tally;
            this.over = over;
            this.running = running;
        }

        void call() {
            start = System.nanoTime();
            target.call(this);
        }

        @Override
        public void arrived(Status.Code code) {
            long now = System.nanoTime();
            if (now - from >= 0 && now - to < 0) {
                tally.ended(code, now - start);
            }
            if (over.get()) {
                running.countDown();
            } else {
                call();
            }
        }
    }
}
