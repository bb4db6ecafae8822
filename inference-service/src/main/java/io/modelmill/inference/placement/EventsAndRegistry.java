package io.modelmill.inference.placement;

import io.grpc.StatusRuntimeException;
import io.modelmill.inference.model.InferenceReason;
import io.modelmill.inference.model.ModelKey;
import io.modelmill.inference.model.ServedModel;
import io.modelmill.inference.model.ServedVersion;
import io.modelmill.inference.rollout.RolloutReports;
import io.modelmill.servicekit.error.ServiceException;
import io.opentelemetry.api.trace.SpanContext;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The fleet's models. At start all events are read; if the broker is away the registry is asked, and if that is away too
 * what the replica knew when it last ran is taken. Later the events are followed and compared with the registry now and
 * then.
 */
public final class EventsAndRegistry implements ModelSource {
    private static final Logger LOG = Logger.getLogger(EventsAndRegistry.class);
    private static final Duration SNAPSHOT_PAUSE = Duration.ofSeconds(1);

    private final PlacementConfig config;
    private final Registry registry;
    private final Path directory;
    private final ArtifactCache cache;
    private final ModelSnapshot snapshot;
    private final ModelVersionEvents events;
    private final FaultReports reports;
    private final RolloutReports rollouts;
    private final ScheduledExecutorService housekeeping = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("replica-housekeeping").daemon().factory());

    private volatile @Nullable Listener listener;
    private volatile boolean informed;
    /** Whether events or registry told all; the snapshot may be old. */
    private volatile boolean informedAfresh;

    private volatile boolean changed;

    /**
     * Starts nothing yet.
     *
     * @param broker settings of the broker that carries the events
     * @param directory of this replica's cache
     * @param rollouts closed with this source
     */
    EventsAndRegistry(
            PlacementConfig config, Properties broker, Path directory, Registry registry, RolloutReports rollouts) {
        this.config = config;
        this.registry = registry;
        this.rollouts = rollouts;
        this.directory = directory;
        this.cache = new ArtifactCache(directory, registry);
        this.snapshot = new ModelSnapshot(directory);
        this.events = new ModelVersionEvents(config, broker, new Changes());
        this.reports = new FaultReports(
                registry, new RetryPause(config.retryBackoff(), config.retryBackoffLimit()), this::later);
    }

    @Override
    public void start(Listener models) {
        listener = models;
        cache.deleteUnfinished();
        rollouts.start(() -> models.known().stream().map(ServedModel::key).toList(), models::progress);
        events.start();
        later(this::fallBack, config.fallbackAfter());
        repeat(this::reconcile, config.reconcileInterval());
        repeat(this::keepSnapshot, SNAPSHOT_PAUSE);
    }

    @Override
    public Optional<Path> directory() {
        return Optional.of(directory);
    }

    @Override
    public Path bring(ModelKey model, ServedVersion version) throws LoadFailedException {
        return cache.bring(model, version);
    }

    @Override
    public void withdraw(ModelKey model) {
        throw new ServiceException(
                InferenceReason.REGISTRY_DECIDES,
                model.resourceName()
                        + ": the registry decides which versions are loaded (expected: a change of the model's aliases or"
                        + " versions there)");
    }

    /** Nothing is ever withdrawn here. */
    @Override
    public void restore(ModelKey model) {}

    @Override
    public void report(ModelKey model, long number, String reason) {
        reports.add(model.versionName(number), reason);
    }

    @Override
    public void changed(ModelKey model) {
        rollouts.changed(model);
    }

    @Override
    public void leave() {
        rollouts.leave();
    }

    @Override
    public void close() {
        rollouts.close();
        events.close();
        housekeeping.shutdownNow();
        keepSnapshot();
    }

    private Listener models() {
        Listener started = listener;
        if (started == null) {
            throw new IllegalStateException("not started");
        }
        return started;
    }

    private void later(Runnable work, Duration pause) {
        try {
            var _ = housekeeping.schedule(guarded(work), pause.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.debug("closed, nothing is done later", e);
        }
    }

    private void repeat(Runnable work, Duration pause) {
        var _ = housekeeping.scheduleWithFixedDelay(
                guarded(work), pause.toMillis(), pause.toMillis(), TimeUnit.MILLISECONDS);
    }

    private static Runnable guarded(Runnable work) {
        return () -> {
            try {
                work.run();
            } catch (RuntimeException failure) {
                LOG.error("housekeeping failed, it goes on at its next turn", failure);
            }
        };
    }

    private void fallBack() {
        if (informedAfresh) {
            return;
        }
        try {
            takeListing();
            informed("the registry's list", true);
        } catch (StatusRuntimeException away) {
            LOG.warnf(
                    "neither events nor registry tell the models: %s",
                    away.getStatus().getCode());
            if (!informed) {
                snapshot.read().ifPresent(models -> {
                    models.forEach(model -> models().apply(model, SpanContext.getInvalid()));
                    informed("what it knew when it last ran", false);
                });
            }
            later(this::fallBack, config.fallbackAfter());
        }
    }

    private void reconcile() {
        if (!informedAfresh) {
            return;
        }
        try {
            takeListing();
            cache.retain(models()::known);
        } catch (StatusRuntimeException away) {
            LOG.warnf("not compared with the registry: %s", away.getStatus().getCode());
        }
    }

    private void takeListing() {
        Map<ModelKey, Long> gone = new HashMap<>(
                models().known().stream().collect(Collectors.toMap(ServedModel::key, ServedModel::revision)));
        Registry.Listing listing = registry.listModels();
        for (ServedModel model : listing.models()) {
            apply(model, SpanContext.getInvalid());
            gone.remove(model.key());
        }
        listing.unreadable().forEach(gone::remove);
        if (!gone.isEmpty()) {
            models().removeUnchanged(gone);
            changed = true;
        }
    }

    private void apply(ServedModel model, SpanContext cause) {
        if (models().apply(model, cause)) {
            changed = true;
        }
    }

    private void informed(String from, boolean afresh) {
        informedAfresh |= afresh;
        informed = true;
        models().informed(from);
    }

    private void keepSnapshot() {
        if (changed && informedAfresh) {
            changed = false;
            snapshot.write(models().known());
        }
    }

    /**
     * Takes events. Until those of the start are all told, only the newest state of each model is kept: the versions of
     * the states between would be loaded for nothing.
     */
    private final class Changes implements ModelVersionEvents.Listener {
        private final Map<ModelKey, Optional<Announced>> pending = new HashMap<>();
        private boolean caughtUp;

        @Override
        public void starting() {
            pending.clear();
            caughtUp = false;
        }

        @Override
        public void changed(ServedModel model, SpanContext cause) {
            if (caughtUp) {
                apply(model, cause);
                return;
            }
            Optional<Announced> known = pending.getOrDefault(model.key(), Optional.empty());
            if (known.isEmpty() || known.get().model().revision() < model.revision()) {
                pending.put(model.key(), Optional.of(new Announced(model, cause)));
            }
        }

        @Override
        public void removed(ModelKey key) {
            if (caughtUp) {
                remove(key);
            } else {
                pending.put(key, Optional.empty());
            }
        }

        @Override
        public void caughtUp() {
            caughtUp = true;
            pending.forEach((key, announced) ->
                    announced.ifPresentOrElse(found -> apply(found.model(), found.cause()), () -> remove(key)));
            pending.clear();
            informed("the events", true);
        }

        private void remove(ModelKey key) {
            models().remove(key);
            changed = true;
        }
    }

    private record Announced(ServedModel model, SpanContext cause) {}
}
