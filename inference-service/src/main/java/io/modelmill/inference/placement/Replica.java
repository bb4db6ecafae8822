package io.modelmill.inference.placement;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.modelmill.inference.batching.RunScheduler;
import io.modelmill.inference.model.ModelKey;
import io.modelmill.inference.model.ModelNames;
import io.modelmill.inference.model.ServedModel;
import io.modelmill.inference.pipeline.TextPipelines;
import io.modelmill.inference.rollout.ModelProgress;
import io.modelmill.inference.session.DeviceHealth;
import io.modelmill.inference.session.Sessions;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.Tracer;
import io.quarkus.runtime.configuration.MemorySize;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * One replica: the models that its source tells, loaded. It is ready when the source has told all and the alias targets
 * known then are loaded, or have failed with a reason.
 */
public final class Replica implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(Replica.class);

    /** Half of the memory: the rest is for the Java heap and for what runs take. */
    private static final int DEFAULT_SHARE = 2;

    private final ModelSource source;
    private final DeviceHealth device;
    private final Optional<FaultJournal> journal;
    private final LoadThreads threads;
    private final Placements placements;

    private volatile boolean informed;
    private volatile boolean ready;
    private volatile boolean leaving;

    /**
     * Starts nothing yet.
     *
     * @param source closed with this replica
     */
    public Replica(
            PlacementConfig config,
            ModelSource source,
            Sessions sessions,
            RunScheduler scheduler,
            TextPipelines pipelines,
            MeterRegistry meters,
            Tracer tracer) {
        this.source = source;
        this.device = sessions.health();
        VersionSizes sizes = new VersionSizes(ProcessMemory::residentBytes);
        VersionLoader loader = new VersionLoader(source, sessions, scheduler, pipelines, sizes, meters, tracer);
        this.journal = source.directory()
                .map(directory -> new FaultJournal(directory.resolve("journal"), scheduler.threads()));
        this.threads = new LoadThreads(
                new BudgetedLoads(loader, budget(config), sizes, System::nanoTime, journal, meters), config, meters);
        journal.ifPresent(
                known -> threads.schedule(known::forgive, config.faultMemory().toMillis(), TimeUnit.MILLISECONDS));
        this.placements = new Placements(threads, source::changed);
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

    private static MemoryBudget budget(PlacementConfig config) {
        long limit = config.memoryBudget()
                .map(MemorySize::asLongValue)
                .orElseGet(() -> ProcessMemory.limitBytes() / DEFAULT_SHARE);
        return new MemoryBudget(limit, config.protectedFor(), System::nanoTime);
    }

    /**
     * Begins to follow the models.
     *
     * @throws IllegalStateException if the source can never tell any
     */
    public void start() {
        source.start(new Models());
    }

    /** The models on this replica. */
    public Placements placements() {
        return placements;
    }

    /** Finds the models that callers name. */
    public ModelNames names() {
        return new ModelNames(placements::find, source.owner());
    }

    /** As {@link ModelSource#withdraw}. */
    public void withdraw(ModelKey model) {
        source.withdraw(model);
    }

    /** As {@link ModelSource#restore}. */
    public void restore(ModelKey model) {
        source.restore(model);
    }

    /** Whether the replica knows the models: before that, a name that it does not know says nothing. */
    public boolean isInformed() {
        return informed;
    }

    /** Whether the replica can answer. */
    public boolean isReady() {
        return ready && !leaving && isLive();
    }

    /** Says from now on that it cannot answer, though it still does: callers shall find another one. */
    public void leave() {
        leaving = true;
        source.leave();
    }

    /** Whether it can ever answer again; if not, only a new process can. */
    public boolean isLive() {
        return device.failure().isEmpty();
    }

    @Override
    public void close() {
        leave();
        source.close();
        threads.close();
        journal.ifPresent(FaultJournal::close);
    }

    private final class Models implements ModelSource.Listener {
        @Override
        public boolean apply(ServedModel model, SpanContext cause) {
            boolean newer = placements.apply(model, cause);
            if (newer) {
                LOG.infof("%s: revision %d", model.key().resourceName(), model.revision());
                journal.ifPresent(known -> report(model, known));
            }
            return newer;
        }

        private void report(ServedModel model, FaultJournal known) {
            model.versions()
                    .values()
                    .forEach(version -> known.quarantine(FaultJournal.id(version))
                            .ifPresent(reason -> source.report(model.key(), version.number(), reason)));
        }

        @Override
        public void remove(ModelKey key) {
            placements.remove(key);
            LOG.infof("%s: gone", key.resourceName());
        }

        @Override
        public void removeUnchanged(Map<ModelKey, Long> revisions) {
            placements.removeUnchanged(revisions);
        }

        @Override
        public List<ServedModel> known() {
            return placements.known();
        }

        @Override
        public Optional<ModelProgress> progress(ModelKey model) {
            return placements.progress(model);
        }

        @Override
        public void informed(String from) {
            if (informed) {
                return;
            }
            informed = true;
            List<CompletableFuture<Void>> loads = placements.loads();
            LOG.infof(
                    "%d models known from %s, %d versions to load",
                    placements.known().size(), from, loads.size());
            var _ = CompletableFuture.allOf(loads.toArray(CompletableFuture[]::new))
                    .thenRun(() -> {
                        ready = true;
                        LOG.info("ready");
                    });
        }
    }
}
