package io.modelmill.benchmarks.load;

import io.grpc.Status;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Callers who do not wait for each other: calls are due by a Poisson process, whatever became of those before. A call's
 * time counts from when it was due, so that a server that stalls is charged for all who would have called meanwhile.
 *
 * @param warmUp load that is not counted, before
 * @param measured load that is
 * @param mostOutstanding calls at a time; one that is due above that is not made and counts as failed
 */
public record OpenLoop(Duration warmUp, Duration measured, int mostOutstanding) {
    /** Linux wakes a thread up to this late; the rest is waited for by yielding. */
    private static final long WAKE_UP_NANOS = 80_000;

    private static final Duration LAST_ANSWERS = Duration.ofSeconds(30);

    /**
     * One kind of callers.
     *
     * @param perSecond mean rate
     * @param seed of their times
     */
    public record Source(Target target, double perSecond, long seed) {}

    /** Puts the load of all sources together on their targets; answers what came of each, in their order. */
    public List<LoadResult> run(List<Source> sources) throws InterruptedException {
        PriorityQueue<Callers> due = new PriorityQueue<>(Comparator.comparingLong(callers -> callers.due));
        List<Callers> all = new ArrayList<>();
        for (Source source : sources) {
            all.add(new Callers(source));
        }
        due.addAll(all);
        AtomicInteger outstanding = new AtomicInteger();
        long from = warmUp.toNanos();
        long to = from + measured.toNanos();
        long begin = System.nanoTime();
        for (Callers next = due.remove(); next.due < to; next = due.remove()) {
            waitUntil(begin + next.due);
            next.call(begin, next.due >= from, outstanding, mostOutstanding);
            next.due = next.schedule.next();
            due.add(next);
        }
        waitFor(outstanding);
        List<LoadResult> results = new ArrayList<>();
        for (Callers callers : all) {
            callers.countUnanswered();
            results.add(callers.tally.result(measured.toNanos() / 1e9));
        }
        return results;
    }

    private static void waitUntil(long time) throws InterruptedException {
        for (long left = time - System.nanoTime(); left > 0; left = time - System.nanoTime()) {
            if (left > WAKE_UP_NANOS) {
                LockSupport.parkNanos(left - WAKE_UP_NANOS);
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
            } else {
                Thread.yield();
            }
        }
    }

    private static void waitFor(AtomicInteger outstanding) throws InterruptedException {
        long end = System.nanoTime() + LAST_ANSWERS.toNanos();
        while (outstanding.get() > 0 && System.nanoTime() - end < 0) {
            TimeUnit.MILLISECONDS.sleep(1);
        }
    }

    private static final class Callers {
        private final Target target;
        private final PoissonSchedule schedule;
        private final Tally tally = new Tally();
        private final AtomicInteger unanswered = new AtomicInteger();
        private long due;

        Callers(Source source) {
            this.target = source.target();
            this.schedule = new PoissonSchedule(source.perSecond(), source.seed());
            this.due = schedule.next();
        }

        void call(long begin, boolean counts, AtomicInteger outstanding, int most) {
            if (outstanding.get() >= most) {
                if (counts) {
                    tally.dropped();
                }
                return;
            }
            long time = begin + due;
            outstanding.incrementAndGet();
            if (counts) {
                unanswered.incrementAndGet();
            }
            target.call(code -> {
                outstanding.decrementAndGet();
                if (counts) {
                    tally.ended(code, System.nanoTime() - time);
                    unanswered.decrementAndGet();
                }
            });
        }

        /** A call that never ends has failed. */
        void countUnanswered() {
            for (int call = unanswered.get(); call > 0; call--) {
                tally.ended(Status.Code.UNKNOWN, LAST_ANSWERS.toNanos());
            }
        }
    }
}
