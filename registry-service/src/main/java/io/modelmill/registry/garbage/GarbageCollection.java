package io.modelmill.registry.garbage;

import io.micrometer.core.instrument.MeterRegistry;
import io.modelmill.registry.artifact.Artifacts;
import io.modelmill.registry.error.RegistryReason;
import io.modelmill.servicekit.error.ServiceException;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/**
 * Removes what nobody keeps any longer. Everything is decided anew under the locks of what goes, so that a collection may die or be
 * stopped anywhere: what it has not removed, the next one does.
 */
@ApplicationScoped
class GarbageCollection {
    private static final Logger LOG = Logger.getLogger(GarbageCollection.class);
    private static final Duration BUSY = Duration.ofSeconds(10);

    private final Jdbi jdbi;
    private final List<GarbageSource<?>> sources;
    private final MeterRegistry meters;

    GarbageCollection(
            Jdbi jdbi,
            DeletedModelVersions models,
            DeletedDatasetVersions datasets,
            UnnamedArtifacts artifacts,
            StrayFiles strays,
            AbandonedUploads uploads,
            MeterRegistry meters) {
        this.jdbi = jdbi;
        this.sources = List.of(models, datasets, artifacts, strays, uploads);
        this.meters = meters;
    }

    /** What {@link #collect} would remove now. Takes nothing, and no lock. */
    GarbageReport forecast(BooleanSupplier stopped) {
        GarbageReport report = new GarbageReport();
        try {
            for (GarbageSource<?> source : sources) {
                source.look(true, batch -> {
                    requireGoing(stopped);
                    batch.forEach(report::add);
                });
            }
        } catch (IOException e) {
            throw Artifacts.unavailable(e);
        }
        return report;
    }

    /**
     * Removes it, batch by batch.
     *
     * @param stopped asked between two batches; what is removed by then stays so
     * @throws ServiceException ABORTED while another collection or a backup runs
     */
    GarbageReport collect(BooleanSupplier stopped) {
        return tryCollect(stopped)
                .orElseThrow(() -> new ServiceException(
                        RegistryReason.STORE_BUSY,
                        "another collection or a backup is running (expected: neither)",
                        List.of(),
                        Optional.of(BUSY)));
    }

    /** As {@link #collect}; empty while another collection or a backup runs. */
    Optional<GarbageReport> tryCollect(BooleanSupplier stopped) {
        GarbageReport report = new GarbageReport();
        // The lock lives as long as its transaction, which writes nothing. Not jdbi.inTransaction: all that the sources
        // do on
        // this thread would join it, and rows would be there again where files are gone.
        try (Handle lock = jdbi.open()) {
            lock.begin();
            try {
                if (!StoreLock.tryCollect(lock)) {
                    return Optional.empty();
                }
                for (GarbageSource<?> source : sources) {
                    collect(source, lock, stopped, report);
                }
                return Optional.of(report);
            } finally {
                lock.rollback();
            }
        } catch (IOException e) {
            throw Artifacts.unavailable(e);
        } finally {
            if (!report.isEmpty()) {
                LOG.infof("collected %s", report);
            }
        }
    }

    private <G extends Garbage> void collect(
            GarbageSource<G> source, Handle lock, BooleanSupplier stopped, GarbageReport report) throws IOException {
        source.look(false, batch -> {
            requireGoing(stopped);
            // Fails where the connection is gone, and with it the lock: a backup may have begun.
            lock.execute("SELECT 1");
            for (G gone : source.remove(batch)) {
                report.add(gone);
                String kind = gone.kind().name();
                meters.counter("modelmill.garbage.objects", "kind", kind).increment();
                meters.counter("modelmill.garbage.bytes", "kind", kind).increment(gone.sizeBytes());
            }
        });
    }

    private static void requireGoing(BooleanSupplier stopped) {
        if (stopped.getAsBoolean()) {
            throw new CollectionStoppedException();
        }
    }
}
