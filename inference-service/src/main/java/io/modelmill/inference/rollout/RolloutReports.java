package io.modelmill.inference.rollout;

import io.github.resilience4j.core.IntervalFunction;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.modelmill.inference.model.ModelKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/**
 * Tells the registry what this replica has of its models: soon after a change, several of them together, and now and then that
 * it is there. What is to be told is which models have changed, never what they were: each is looked at when its report is
 * made, so a registry that was away gets what is newest. One report is under way at a time.
 */
public final class RolloutReports implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(RolloutReports.class);
    private static final int MOST_MODELS = 500;
    /** Between two reports, in which more changes come together. */
    private static final Duration GATHERING = Duration.ofMillis(10);

    private static final Duration SHORTEST_HEARTBEAT = Duration.ofMillis(100);
    private static final Duration FAREWELL = Duration.ofSeconds(3);
    private static final IntervalFunction RETRY_MILLIS =
            IntervalFunction.ofExponentialRandomBackoff(Duration.ofMillis(200), 2, 0.5, Duration.ofSeconds(2));

    private final String replica;
    private final ReportTaker registry;
    private final Set<ModelKey> changed = ConcurrentHashMap.newKeySet();
    private final Semaphore wake = new Semaphore(0);
    private final CountDownLatch leaving = new CountDownLatch(1);
    private final Thread thread;
    private Supplier<? extends Collection<ModelKey>> known = List::of;
    private Function<ModelKey, Optional<ModelProgress>> look = model -> Optional.empty();

    /** What the registry has by the answers to reports; empty where one was not answered and it may have either. */
    private final Map<ModelKey, Optional<ModelProgress>> told = new HashMap<>();

    private Optional<String> session = Optional.empty();
    private long sequence;
    private Duration heartbeat = SHORTEST_HEARTBEAT;
    private long reportedNanos;
    private int failures;

    /**
     * Starts nothing yet.
     *
     * @param registry sends this service's own token with every call
     */
    public RolloutReports(String replica, ManagedChannel registry) {
        this(replica, new ReportClient(registry));
    }

    RolloutReports(String replica, ReportTaker registry) {
        this.replica = replica;
        this.registry = registry;
        this.thread = Thread.ofVirtual().name("rollout-reports").unstarted(this::work);
    }

    /**
     * Begins to tell; called once.
     *
     * @param allKnown the models that the replica knows now
     * @param progress what it has of one now; empty if it does not know it
     */
    public void start(
            Supplier<? extends Collection<ModelKey>> allKnown, Function<ModelKey, Optional<ModelProgress>> progress) {
        known = allKnown;
        look = progress;
        LOG.infof("this replica is %s", replica);
        thread.start();
    }

    /** Something of the model may have changed. Waits for nothing, so that it can be said under a lock. */
    public void changed(ModelKey model) {
        if (leaving.getCount() > 0 && changed.add(model)) {
            wake.release();
        }
    }

    /** Takes this replica off the list: rollouts shall not wait for it any more. */
    public void leave() {
        leaving.countDown();
        wake.release();
    }

    /** Leaves, and waits a moment until the registry knows. */
    @Override
    public void close() {
        leave();
        if (thread.getState() == Thread.State.NEW) {
            return;
        }
        try {
            thread.join(FAREWELL);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void work() {
        try {
            while (!isLeaving(Duration.ZERO)) {
                report();
                if (!isLeaving(failures > 0 ? Duration.ofMillis(RETRY_MILLIS.apply(failures)) : GATHERING)) {
                    boolean woken = wake.tryAcquire(untilHeartbeat(), TimeUnit.NANOSECONDS);
                    LOG.tracef("woken by a change: %s", woken);
                    wake.drainPermits();
                }
            }
            sayGoodbye();
        } catch (InterruptedException e) {
            LOG.debug("nothing more is told");
        }
    }

    private boolean isLeaving(Duration within) throws InterruptedException {
        return leaving.await(within.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** None while something is to be told. */
    private long untilHeartbeat() {
        return changed.isEmpty() && session.isPresent()
                ? Math.max(0, heartbeat.toNanos() - (System.nanoTime() - reportedNanos))
                : 0;
    }

    private void report() {
        if (session.isEmpty()) {
            told.clear();
            changed.addAll(known.get());
        }
        List<ModelProgress> models = new ArrayList<>();
        List<ModelKey> removed = new ArrayList<>();
        Set<ModelKey> looked = gather(models, removed);
        if (models.isEmpty() && removed.isEmpty() && session.isPresent() && untilHeartbeatAlone() > 0) {
            return;
        }
        try {
            sequence++;
            Optional<ReportTaker.Taken> taken =
                    registry.take(new ReplicaReport(replica, session, sequence, models, removed, false));
            session = taken.map(ReportTaker.Taken::session);
            if (taken.isEmpty()) {
                failed(looked, "the registry has forgotten this replica, or another process reports under its name");
                return;
            }
            heartbeat = max(taken.get().lease().dividedBy(3), SHORTEST_HEARTBEAT);
            reportedNanos = System.nanoTime();
            removed.forEach(told::remove);
            models.forEach(model -> told.put(model.model(), Optional.of(model)));
            if (failures > 0) {
                LOG.info("what this replica serves is told to the registry again");
            }
            failures = 0;
        } catch (StatusRuntimeException away) {
            failed(looked, "the registry answered " + away.getStatus().getCode());
        } catch (RuntimeException failure) {
            LOG.error("a report could not be made, trying again", failure);
            failed(looked, failure.toString());
        }
    }

    /** Takes what has changed since it was told, at most as much as a report holds; answers all that was looked at. */
    private Set<ModelKey> gather(List<ModelProgress> models, List<ModelKey> removed) {
        Set<ModelKey> looked = new HashSet<>();
        for (Iterator<ModelKey> next = changed.iterator();
                next.hasNext() && models.size() + removed.size() < MOST_MODELS; ) {
            ModelKey model = next.next();
            // First, so that a change after the look is looked at again.
            next.remove();
            looked.add(model);
            Optional<ModelProgress> now = look.apply(model);
            if (now.isPresent()) {
                if (!now.equals(told.get(model))) {
                    models.add(now.get());
                }
            } else if (told.containsKey(model)) {
                removed.add(model);
            }
        }
        return looked;
    }

    private long untilHeartbeatAlone() {
        return heartbeat.toNanos() - (System.nanoTime() - reportedNanos);
    }

    private void failed(Set<ModelKey> looked, String why) {
        failures++;
        LOG.logf(
                failures == 1 ? Logger.Level.WARN : Logger.Level.DEBUG,
                "what this replica serves could not be told, trying on: %s",
                why);
        looked.forEach(model -> told.put(model, Optional.empty()));
        changed.addAll(looked);
    }

    private void sayGoodbye() {
        if (session.isEmpty()) {
            return;
        }
        try {
            var _ = registry.take(new ReplicaReport(replica, session, sequence + 1, List.of(), List.of(), true));
        } catch (StatusRuntimeException away) {
            LOG.infof(
                    "the registry answered %s: rollouts wait for this replica until its lease is over",
                    away.getStatus().getCode());
        }
    }

    private static Duration max(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? other : one;
    }
}
