package io.modelmill.registry.rollout;

import io.grpc.Context;
import io.grpc.Status;
import io.modelmill.registry.error.RegistryReason;
import io.modelmill.registry.serving.ModelKey;
import io.modelmill.servicekit.error.ServiceException;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;

/**
 * Looks at the rollouts that calls wait for, with one query for all of them: at once when a report came to this process, and
 * now and then for what others were told and for leases that run out. While nobody waits it does nothing.
 */
@ApplicationScoped
class RolloutWatch {
    private static final Logger LOG = Logger.getLogger(RolloutWatch.class);
    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);
    /** Between two looks however many reports come; a look that takes longer is followed by as long a pause. */
    private static final Duration SHORTEST_PAUSE = Duration.ofMillis(5);

    /** Of shorter ones the first report that is late would be one too late. */
    private static final Duration SHORTEST_LEASE = Duration.ofSeconds(1);

    private static final Duration STOP = Duration.ofSeconds(5);

    private final Jdbi jdbi;
    private final RolloutConfig config;
    private final Set<RolloutWait> waits = ConcurrentHashMap.newKeySet();
    private final Semaphore wake = new Semaphore(0);
    private volatile boolean stopped;
    private @Nullable Thread watcher;

    RolloutWatch(Jdbi jdbi, RolloutConfig config) {
        this.jdbi = jdbi;
        this.config = config;
    }

    void start(@Observes StartupEvent started) {
        requireUsable(config);
        watcher = Thread.ofVirtual().name("rollout-watch").start(this::work);
    }

    /** Ends the start of the service if a setting cannot be. */
    static void requireUsable(RolloutConfig config) {
        require(config.lease().compareTo(SHORTEST_LEASE) >= 0, "lease", config.lease(), "at least " + SHORTEST_LEASE);
        require(config.lookInterval().toMillis() >= 1, "look-interval", config.lookInterval(), "at least PT0.001S");
        require(config.maxWaits() >= 1, "max-waits", config.maxWaits(), "at least 1");
    }

    private static void require(boolean condition, String setting, Object value, String expected) {
        if (!condition) {
            throw new IllegalArgumentException(
                    "modelmill.rollouts." + setting + ": " + value + " (expected: " + expected + ")");
        }
    }

    /** Who waits is told what is, so that nobody holds up the stop. */
    void stop(@Observes ShutdownEvent stopping) throws InterruptedException {
        if (watcher != null) {
            watcher.interrupt();
            watcher.join(STOP);
        }
    }

    /** Calls that wait now. */
    int waiting() {
        return waits.size();
    }

    /** Says that something was reported. */
    void wake() {
        if (!waits.isEmpty()) {
            wake.release();
        }
    }

    /**
     * Waits until the rollout is over, at most so long, and answers what is then.
     *
     * @throws ServiceException RESOURCE_EXHAUSTED if too many calls wait
     */
    Rollout await(ModelKey model, long revision, Duration wait) throws InterruptedException {
        if (waits.size() >= config.maxWaits()) {
            throw new ServiceException(
                    RegistryReason.TOO_MANY_WAITS,
                    waits.size() + " calls wait for rollouts (expected: fewer than " + config.maxWaits() + ")",
                    List.of(),
                    Optional.of(RETRY_AFTER));
        }
        RolloutWait waiting = new RolloutWait(model, revision, System.nanoTime() + wait.toNanos());
        Context call = Context.current();
        Context.CancellationListener gone = cancelled -> {
            var _ = waiting.answer().completeExceptionally(Status.CANCELLED.asRuntimeException());
        };
        waits.add(waiting);
        try {
            call.addListener(gone, Runnable::run);
            // A report may have come since the caller looked.
            wake.release();
            if (stopped) {
                look(true);
            }
            return waiting.answer().get();
        } catch (ExecutionException failure) {
            if (failure.getCause() instanceof RuntimeException known) {
                throw known;
            }
            throw new IllegalStateException(failure.getCause());
        } finally {
            waits.remove(waiting);
            call.removeListener(gone);
        }
    }

    private void work() {
        try {
            while (true) {
                awaitCause();
                wake.drainPermits();
                long began = System.nanoTime();
                look(false);
                TimeUnit.NANOSECONDS.sleep(Math.max(SHORTEST_PAUSE.toNanos(), System.nanoTime() - began));
            }
        } catch (InterruptedException e) {
            LOG.debug("the service stops");
        } finally {
            stopped = true;
            look(true);
        }
    }

    private void awaitCause() throws InterruptedException {
        if (waits.isEmpty()) {
            wake.acquire();
            return;
        }
        long nearestEnd = waits.stream().mapToLong(RolloutWait::left).min().orElse(0);
        boolean woken = wake.tryAcquire(
                Math.max(0, Math.min(nearestEnd, config.lookInterval().toNanos())), TimeUnit.NANOSECONDS);
        LOG.tracef("looking at %d rollouts, woken: %s", (Object) waits.size(), woken);
    }

    /** @param all whether those are answered too whose rollout is not over */
    private void look(boolean all) {
        List<RolloutWait> looked = List.copyOf(waits);
        if (looked.isEmpty()) {
            return;
        }
        Map<ModelKey, List<ReplicaProgress>> seen;
        try {
            Set<ModelKey> models = looked.stream().map(RolloutWait::model).collect(Collectors.toSet());
            seen = jdbi.withHandle(handle -> PostgresReplicaStore.read(handle, models));
        } catch (RuntimeException failure) {
            LOG.warnf("rollouts could not be looked at, trying again: %s", failure.getMessage());
            looked.stream()
                    .filter(wait -> all || wait.left() <= 0)
                    .forEach(wait -> wait.answer().completeExceptionally(failure));
            return;
        }
        for (RolloutWait wait : looked) {
            Rollout rollout = new Rollout(wait.model(), wait.revision(), seen.getOrDefault(wait.model(), List.of()));
            if (all || rollout.isOver() || wait.left() <= 0) {
                wait.answer().complete(rollout);
            }
        }
    }
}
