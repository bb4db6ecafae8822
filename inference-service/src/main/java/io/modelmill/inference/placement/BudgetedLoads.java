package io.modelmill.inference.placement;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.modelmill.inference.model.ModelKey;
import io.modelmill.inference.model.ServedVersion;
import io.modelmill.inference.session.GraphRunner;
import io.opentelemetry.api.trace.SpanContext;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;

/** Loads versions into the room that the memory budget has or makes for them. */
final class BudgetedLoads {
    private final VersionLoader loader;
    private final MemoryBudget budget;
    private final VersionSizes sizes;
    private final LongSupplier nanoClock;
    private final Optional<FaultJournal> journal;
    private final Counter loads;

    BudgetedLoads(
            VersionLoader loader,
            MemoryBudget budget,
            VersionSizes sizes,
            LongSupplier nanoClock,
            Optional<FaultJournal> journal,
            MeterRegistry meters) {
        this.loader = loader;
        this.budget = budget;
        this.sizes = sizes;
        this.nanoClock = nanoClock;
        this.journal = journal;
        this.loads = Counter.builder("modelmill.placement.loads")
                .description("Versions that were loaded")
                .register(meters);
        Gauge.builder("modelmill.placement.memory.budget", budget, MemoryBudget::limit)
                .description("Memory that loaded versions may take together")
                .baseUnit("bytes")
                .register(meters);
        Gauge.builder("modelmill.placement.memory.taken", budget, MemoryBudget::taken)
                .description("Memory of loaded versions and of loads that run")
                .baseUnit("bytes")
                .register(meters);
        Gauge.builder(
                        "modelmill.placement.versions.quarantined",
                        () -> journal.map(FaultJournal::quarantined).orElse(0L))
                .description("Versions that this replica does not load any more")
                .register(meters);
        Gauge.builder("modelmill.placement.sessions.open", budget, MemoryBudget::open)
                .description(
                        "Versions whose session is open, also those that finish their last calls, and loads that run")
                .register(meters);
        FunctionCounter.builder("modelmill.placement.evictions", budget, MemoryBudget::evictions)
                .description("Versions that were unloaded to make room for others")
                .register(meters);
    }

    /** A version that was not used yet. */
    Usage newUsage() {
        return new Usage(nanoClock.getAsLong());
    }

    /** Forgets what was measured of other versions of the model. */
    void retain(ModelKey model, Set<Long> numbers) {
        loader.retain(model, numbers);
    }

    /** Room for the version if nothing has to go for it. */
    Optional<MemoryBudget.Room> tryTake(ModelKey model, ServedVersion version) {
        return budget.tryTake(sizes.of(model, version));
    }

    /**
     * Loads the version on the calling thread, which must hold no lock: others are unloaded on it if need be.
     *
     * @param held room that was taken for it already; freed if the load fails
     * @param usage of the version so far
     */
    LoadedVersion load(
            ModelKey model, ServedVersion version, Optional<MemoryBudget.Room> held, Usage usage, SpanContext cause)
            throws LoadFailedException, NoRoomException, InterruptedException {
        if (journal.isEmpty()) {
            return loadWatched(model, version, held, usage, UnaryOperator.identity(), cause);
        }
        FaultJournal known = journal.get();
        long id = FaultJournal.id(version);
        Optional<String> quarantine = known.quarantine(id);
        if (quarantine.isPresent()) {
            held.ifPresent(MemoryBudget.Room::free);
            throw LoadFailedException.quarantined(quarantine.get());
        }
        FaultJournal.Loading noted;
        try {
            noted = known.loading(id);
        } catch (InterruptedException e) {
            held.ifPresent(MemoryBudget.Room::free);
            throw e;
        }
        try (noted) {
            return loadWatched(model, version, held, usage, runner -> known.watching(id, runner), cause);
        }
    }

    private LoadedVersion loadWatched(
            ModelKey model,
            ServedVersion version,
            Optional<MemoryBudget.Room> held,
            Usage usage,
            UnaryOperator<GraphRunner> watch,
            SpanContext cause)
            throws LoadFailedException, NoRoomException, InterruptedException {
        MemoryBudget.Room room = held.isPresent() ? held.get() : budget.take(sizes.of(model, version));
        boolean loaded = false;
        try {
            LoadedVersion result = loader.load(model, version, new Claim(room, usage, nanoClock, watch), cause);
            loads.increment();
            loaded = true;
            return result;
        } finally {
            if (!loaded) {
                room.free();
            }
            // It may have turned out larger than expected.
            budget.shrink();
        }
    }
}
