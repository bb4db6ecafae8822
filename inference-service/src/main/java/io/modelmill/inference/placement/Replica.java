package io.modelmill.inference.placement;

import io.grpc.StatusRuntimeException;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.modelmill.inference.model.ModelKey;
import io.modelmill.inference.model.ServedModel;
import io.modelmill.inference.session.SessionRuns;
import io.modelmill.inference.session.Sessions;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.Tracer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;

/**
 * One replica's knowledge of models and how it gets it. At start it reads all events; if the broker is away it asks the
 * registry, and if that is away too it takes what it knew when it last ran. It is ready when one of them has told all and
 * the alias targets known then are loaded, or have failed with a reason. Later it follows the events and compares with
 * the registry now and then.
 */
public final class Replica implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(Replica.class);
    private static final Duration SNAPSHOT_PAUSE = Duration.ofSeconds(1);

    private final PlacementConfig config;
    private final Registry registry;
    private final ArtifactCache cache;
    private final ModelSnapshot snapshot;
    private final LoadThreads threads;
    private final Placements placements;
    private final ModelVersionEvents events;
    private final ScheduledExecutorService housekeeping = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("replica-housekeeping").daemon().factory());

    private volatile boolean informed;
    /** Whether events or registry told all; the snapshot may be old. */
    private volatile boolean informedAfresh;

    private volatile boolean changed;
    private volatile boolean ready;

    /**
     * Starts nothing yet.
     *
     * @param broker settings of the broker that carries the events
     * @param directory of this replica's cache
     */
    public Replica(
            PlacementConfig config,
            Properties broker,
            Path directory,
            Registry registry,
            Sessions sessions,
            SessionRuns runs,
            MeterRegistry meters,
            Tracer tracer) {
        this.config = config;
        this.registry = registry;
        this.cache = new ArtifactCache(directory, registry);
        this.snapshot = new ModelSnapshot(directory);
        this.threads = new LoadThreads(new VersionLoader(cache, sessions, runs, meters, tracer), config, meters);
        this.placements = new Placements(threads);
        this.events = new ModelVersionEvents(config, broker, new Changes());
        Gauge.builder("modelmill.placement.versions.loaded", placements, Placements::loadedVersions)
                .description("Versions with an open session")
                .register(meters);
        Gauge.builder(
                        "modelmill.placement.models.known",
                        placements,
                        known -> known.known().size())
                .description("Models that this replica knows")
                .register(meters);
    }

    /** Begins to follow the models. */
    public void start() {
        cache.deleteUnfinished();
        events.start();
        later(this::fallBack, config.fallbackAfter());
        repeat(this::reconcile, config.reconcileInterval());
        repeat(this::keepSnapshot, SNAPSHOT_PAUSE);
    }

    /** The models on this replica. */
    public Placements placements() {
        return placements;
    }

    /** Whether the replica knows the models: before that, a name that it does not know says nothing. */
    public boolean isInformed() {
        return informed;
    }

    /** Whether the replica can answer. */
    public boolean isReady() {
        return ready;
    }

    @Override
    public void close() {
        ready = false;
        events.close();
        housekeeping.shutdownNow();
        threads.close();
        keepSnapshot();
    }

    private void later(Runnable work, Duration pause) {
        var _ = housekeeping.schedule(guarded(work), pause.toMillis(), TimeUnit.MILLISECONDS);
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
                    models.forEach(model -> placements.apply(model, SpanContext.getInvalid()));
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
            cache.retain(placements::known);
        } catch (StatusRuntimeException away) {
            LOG.warnf("not compared with the registry: %s", away.getStatus().getCode());
        }
    }

    private void takeListing() {
        Map<ModelKey, Long> gone = new HashMap<>(
                placements.known().stream().collect(Collectors.toMap(ServedModel::key, ServedModel::revision)));
        Registry.Listing listing = registry.listModels();
        for (ServedModel model : listing.models()) {
            apply(model, SpanContext.getInvalid());
            gone.remove(model.key());
        }
        listing.unreadable().forEach(gone::remove);
        if (!gone.isEmpty()) {
            placements.removeUnchanged(gone);
            changed = true;
        }
    }

    private void apply(ServedModel model, SpanContext cause) {
        if (placements.apply(model, cause)) {
            changed = true;
            LOG.infof("%s: revision %d", model.key().resourceName(), model.revision());
        }
    }

    private void informed(String source, boolean afresh) {
        informedAfresh |= afresh;
        if (informed) {
            return;
        }
        informed = true;
        List<CompletableFuture<Void>> loads = placements.loads();
        LOG.infof(
                "%d models known from %s, %d versions to load",
                placements.known().size(), source, loads.size());
        var _ = CompletableFuture.allOf(loads.toArray(CompletableFuture[]::new)).thenRun(() -> {
            ready = true;
            LOG.info("ready");
        });
    }

    private void keepSnapshot() {
        if (changed && informedAfresh) {
            changed = false;
            snapshot.write(placements.known());
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
            placements.remove(key);
            changed = true;
            LOG.infof("%s: gone", key.resourceName());
        }
    }

    private record Announced(ServedModel model, SpanContext cause) {}
}
