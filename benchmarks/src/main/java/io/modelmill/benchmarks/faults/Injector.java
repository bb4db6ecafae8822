package io.modelmill.benchmarks.faults;

import io.modelmill.benchmarks.faults.Fault.Kind;
import io.modelmill.fleet.process.Processes;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Lets the faults of a schedule happen. */
final class Injector {
    /** More than faults last at the same time. */
    private static final int THREADS = 16;

    private static final Duration LAST_STEPS = Duration.ofMinutes(2);

    private static final Duration REVIVAL = Duration.ofSeconds(1);

    private final CampaignFleet fleet;
    private final Consumer<String> log;
    private final Map<String, Long> done = new TreeMap<>();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    Injector(CampaignFleet fleet, Consumer<String> log) {
        this.fleet = fleet;
        this.log = log;
    }

    /**
     * Returns when all faults have happened and all are made good again.
     *
     * @return how many of a kind befell something
     */
    Map<String, Long> play(List<Fault> faults) throws InterruptedException {
        try (ScheduledExecutorService threads = Executors.newScheduledThreadPool(
                THREADS, Thread.ofPlatform().daemon().name("faults-", 0).factory())) {
            for (Fault fault : faults) {
                threads.schedule(() -> guarded(() -> strike(fault)), fault.at().toMillis(), TimeUnit.MILLISECONDS);
            }
            Duration all = faults.stream().map(Fault::end).reduce(Duration.ZERO, (a, b) -> a.compareTo(b) > 0 ? a : b);
            // What is delayed is done at the shutdown, too.
            threads.shutdown();
            Instant end = Instant.now().plus(all).plus(LAST_STEPS);
            while (!threads.awaitTermination(REVIVAL.toMillis(), TimeUnit.MILLISECONDS)) {
                fleet.revive();
                if (Instant.now().isAfter(end)) {
                    throw new IllegalStateException("faults did not end in time");
                }
            }
        }
        Throwable failed = failure.get();
        if (failed != null) {
            throw new IllegalStateException("a fault could not be made good", failed);
        }
        synchronized (done) {
            return Map.copyOf(done);
        }
    }

    private void strike(Fault fault) throws InterruptedException {
        Target target = fault.target();
        Optional<Runnable> remedy;
        if (target.isLink()) {
            remedy = Optional.of(disturb(fleet.link(target), fault.kind()));
        } else if (target == Target.WORKER) {
            remedy = befall(fleet.workers(), fault);
        } else {
            remedy = Optional.of(strike(fleet.node(target), fault.kind()));
        }
        if (remedy.isEmpty()) {
            return;
        }
        log.accept(fault.toString());
        synchronized (done) {
            done.merge(fault.kind().name().toLowerCase(Locale.ROOT), 1L, Long::sum);
        }
        TimeUnit.MILLISECONDS.sleep(fault.length().toMillis());
        remedy.get().run();
    }

    private static Runnable disturb(Forwarder link, Kind kind) {
        link.set(kind == Kind.CUT ? Forwarder.Mode.CUT : Forwarder.Mode.FROZEN);
        return () -> link.set(Forwarder.Mode.OPEN);
    }

    private static Runnable strike(Node node, Kind kind) {
        if (kind == Kind.KILL) {
            node.kill();
            return node::start;
        }
        node.freeze();
        return node::resume;
    }

    private static Optional<Runnable> befall(List<ProcessHandle> workers, Fault fault) {
        if (workers.isEmpty()) {
            return Optional.empty();
        }
        List<ProcessHandle> chosen = List.of(workers.get(fault.choice() % workers.size()));
        if (fault.kind() == Kind.KILL) {
            Processes.kill(chosen);
            return Optional.of(() -> {});
        }
        Signals.stop(chosen);
        return Optional.of(() -> Signals.resume(chosen));
    }

    private void guarded(Step step) {
        try {
            step.run();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException | Error failed) {
            failure.accumulateAndGet(failed, (first, next) -> first == null ? next : first);
        }
    }

    private interface Step {
        void run() throws InterruptedException;
    }
}
