package io.modelmill.benchmarks.rollout;

import io.grpc.StatusException;
import io.modelmill.benchmarks.figure.Figure;
import io.modelmill.benchmarks.figure.Goal;
import io.modelmill.fleet.installation.FleetException;
import io.modelmill.fleet.process.Poll;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.HdrHistogram.Histogram;

/** Moves an alias to and fro, and sees when every replica answers with it and what is told of that. */
final class RolloutBenchmark implements AutoCloseable {
    private static final Goal NONE = Goal.atMost(0);
    private static final Goal MILLIS = Goal.atMost(2_000);
    private static final Duration WAIT = Duration.ofSeconds(60);
    /** A replica that does not answer with it for so long never will. */
    private static final Duration LIMIT = Duration.ofSeconds(90);

    private static final Duration PROBE_PAUSE = Duration.ofMillis(1);

    private final RolloutServers servers;
    private final RolloutClient publisher;
    private final List<Door> replicas;
    private final Consumer<String> log;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Histogram forward = new Histogram(3);
    private final Histogram rollback = new Histogram(3);
    private final Histogram told = new Histogram(3);
    private final Histogram afterOutage = new Histogram(3);
    private final AtomicInteger lies = new AtomicInteger();
    private final LongAdder failedCalls = new LongAdder();
    private int notComplete;
    private int never;
    private long answering = 1;

    /** @param replicas the replicas' own doors */
    RolloutBenchmark(RolloutServers servers, RolloutClient publisher, List<Door> replicas, Consumer<String> log) {
        this.servers = servers;
        this.publisher = publisher;
        this.replicas = List.copyOf(replicas);
        this.log = log;
    }

    /** Points the alias at the first version and waits until it answers at every door. */
    void begin(List<Door> doors) throws StatusException {
        var _ = publisher.move(answering);
        for (Door door : doors) {
            if (Poll.until(LIMIT, () -> door.isAnswering(answering) ? Optional.of(true) : Optional.empty())
                    .isEmpty()) {
                throw new FleetException("the model does not answer within " + LIMIT.toSeconds() + " s");
            }
        }
    }

    /** Moves and rollbacks that are not counted: the services' code is compiled in them. */
    void warmUp(int moves) throws StatusException, InterruptedException {
        move(moves);
        forward.reset();
        rollback.reset();
        told.reset();
    }

    /** Moves the alias so often, each time when every replica answers with the move before. */
    void move(int moves) throws StatusException, InterruptedException {
        for (int move = 1; move <= moves; move++) {
            long target = 3 - answering;
            long revision = publisher.move(target);
            long begin = System.nanoTime();
            List<Future<Long>> seen = see(target);
            Told end = tell(revision, target);
            long last = last(seen, begin);
            (target == 2 ? forward : rollback).recordValue(last - begin);
            told.recordValue(Math.max(0, end.nanos() - last));
            if (!end.state().equals("COMPLETE")) {
                notComplete++;
            }
            answering = target;
            if (move % 20 == 0) {
                log.accept(String.format(
                        Locale.ROOT,
                        "%d moves: answered by all after %.0f ms in the median, %.0f ms at most",
                        move,
                        millis(both(), 50),
                        millis(both(), 100)));
            }
        }
    }

    /** Moves the alias while the broker is stopped, then starts it again and counts from when it answers. */
    void outage(int moves) throws StatusException, InterruptedException {
        servers.stopBroker();
        long target = answering;
        long revision = 0;
        for (int move = 0; move < moves; move++) {
            target = 3 - target;
            revision = publisher.move(target);
        }
        Told during = tell(revision, target, Duration.ofSeconds(1));
        servers.startBroker();
        long begin = System.nanoTime();
        List<Future<Long>> seen = see(target);
        Told end = tell(revision, target);
        long last = last(seen, begin);
        // It may have been there before: replicas compare with the registry now and then.
        afterOutage.recordValue(Math.max(0, last - begin));
        if (!end.state().equals("COMPLETE")) {
            notComplete++;
        }
        answering = target;
        log.accept(String.format(
                Locale.ROOT,
                "without the broker %d moves (told to be %s), answered by all %.0f ms after its return",
                moves,
                during.state(),
                (last - begin) / 1e6));
    }

    /** When each replica first answers with the version. */
    private List<Future<Long>> see(long version) {
        List<Future<Long>> seen = new ArrayList<>();
        for (Door replica : replicas) {
            Callable<Long> probe = () -> {
                long end = System.nanoTime() + LIMIT.toNanos();
                while (!call(replica).equals(OptionalLong.of(version))) {
                    if (System.nanoTime() - end > 0) {
                        throw new NeverAnsweredException();
                    }
                    TimeUnit.NANOSECONDS.sleep(PROBE_PAUSE.toNanos());
                }
                return System.nanoTime();
            };
            seen.add(threads.submit(probe));
        }
        return seen;
    }

    /** The version that speaks; a call that fails is counted, and tells none. */
    private OptionalLong call(Door replica) {
        try {
            return OptionalLong.of(replica.call());
        } catch (StatusException e) {
            log.accept("a call failed: " + e.getStatus());
            failedCalls.increment();
            return OptionalLong.empty();
        }
    }

    private long last(List<Future<Long>> seen, long begin) throws InterruptedException {
        long last = begin;
        for (Future<Long> replica : seen) {
            try {
                last = Math.max(last, replica.get());
            } catch (ExecutionException e) {
                if (!(e.getCause() instanceof NeverAnsweredException)) {
                    throw new IllegalStateException("a replica could not be asked", e.getCause());
                }
                never++;
                last = System.nanoTime();
            }
        }
        return last;
    }

    private Told tell(long revision, long version) throws StatusException {
        return tell(revision, version, WAIT);
    }

    /** Waits for the end, and asks every replica whether it is true: a call that begins afterwards gets the version. */
    private Told tell(long revision, long version, Duration wait) throws StatusException {
        String state = publisher.awaitRollout(revision, wait);
        long at = System.nanoTime();
        if (state.equals("COMPLETE")) {
            for (Door replica : replicas) {
                OptionalLong speaks = call(replica);
                if (speaks.isPresent() && speaks.getAsLong() != version) {
                    lies.incrementAndGet();
                }
            }
        }
        return new Told(state, at);
    }

    /** What came of all moves. */
    List<Figure> figures() {
        List<Figure> figures = new ArrayList<>();
        figures.add(Figure.of("moves", both().getTotalCount(), ""));
        figures.add(Figure.of("answered.p50", millis(both(), 50), "ms"));
        figures.add(Figure.of("answered.p99", millis(both(), 99), "ms", MILLIS));
        figures.add(Figure.of("answered.max", millis(both(), 100), "ms"));
        figures.add(Figure.of("answered.p99.forward", millis(forward, 99), "ms", MILLIS));
        figures.add(Figure.of("answered.p99.rollback", millis(rollback, 99), "ms", MILLIS));
        figures.add(Figure.of("answered.never", never, "", NONE));
        figures.add(Figure.of("told.too_early", lies.get(), "", NONE));
        figures.add(Figure.of("told.not_complete", notComplete, "", NONE));
        figures.add(Figure.of("told.after.p50", millis(told, 50), "ms"));
        figures.add(Figure.of("told.after.p99", millis(told, 99), "ms"));
        figures.add(Figure.of("outage.count", afterOutage.getTotalCount(), ""));
        figures.add(Figure.of("outage.answered.p50", millis(afterOutage, 50), "ms"));
        figures.add(Figure.of("outage.answered.max", millis(afterOutage, 100), "ms", MILLIS));
        return figures;
    }

    /** Calls that it made itself and that failed. */
    long failedCalls() {
        return failedCalls.sum();
    }

    /** Whether all that must hold on any machine does: speed is not among it. */
    boolean isTrue() {
        return never == 0 && notComplete == 0 && lies.get() == 0 && failedCalls() == 0;
    }

    private Histogram both() {
        Histogram both = forward.copy();
        both.add(rollback);
        return both;
    }

    private static double millis(Histogram histogram, double percentile) {
        return histogram.getValueAtPercentile(percentile) / 1e6;
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }

    /** @param nanos when it was told */
    private record Told(String state, long nanos) {}

    private static final class NeverAnsweredException extends Exception {
        private static final long serialVersionUID = 1L;
    }
}
