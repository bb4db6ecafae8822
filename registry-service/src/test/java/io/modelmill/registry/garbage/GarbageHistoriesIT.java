package io.modelmill.registry.garbage;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.MeterRegistry;
import io.modelmill.proto.registry.v1.CreateDatasetRequest;
import io.modelmill.registry.artifact.ArtifactConfig;
import io.modelmill.registry.artifact.ArtifactStore;
import io.modelmill.registry.artifact.DyingStore;
import io.modelmill.registry.fixture.RegistryIntegrationTest;
import io.modelmill.registry.fixture.RegistryTenant;
import io.modelmill.registry.retention.RetentionConfig;
import io.modelmill.servicekit.fixture.TestCallers;
import jakarta.inject.Inject;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random histories of a tenant whose two threads upload, make, delete and undelete versions and let time pass, while collections run
 * one after the other and many of them die between a row and its file. Nothing that a version names is ever removed, and nothing
 * is left that none names once a last collection has run to its end.
 */
@RegistryIntegrationTest
class GarbageHistoriesIT {
    private static final Logger LOG = Logger.getLogger(GarbageHistoriesIT.class);
    private static final int STEPS = 120;

    @Inject
    Jdbi jdbi;

    @Inject
    ArtifactConfig config;

    @Inject
    ArtifactStore store;

    @Inject
    RetentionConfig retention;

    @Inject
    DeletedModelVersions models;

    @Inject
    DeletedDatasetVersions datasets;

    @Inject
    AbandonedUploads uploads;

    @Inject
    GarbageCollection steady;

    @Inject
    MeterRegistry meters;

    private final AtomicBoolean over = new AtomicBoolean();
    private TestCallers callers;

    @BeforeEach
    void connect() {
        callers = TestCallers.connect();
    }

    @AfterEach
    void disconnect() {
        callers.close();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void nothingNamedIsEverRemovedAndNothingElseStays(long seed) throws Exception {
        RegistryTenant tenant = RegistryTenant.fresh(callers);
        tenant.createModel(TenantHistory.MODEL);
        var _ = tenant.datasets()
                .createDataset(CreateDatasetRequest.newBuilder()
                        .setParent(tenant.name())
                        .setDatasetId(TenantHistory.DATASET)
                        .build());
        List<byte[]> contents = IntStream.range(0, 8)
                .mapToObj(index -> ("line " + seed + " " + index).getBytes(StandardCharsets.UTF_8))
                .toList();
        DyingStore dying = new DyingStore(store, new Random(seed));
        StoreInvariants invariants = new StoreInvariants(jdbi, tenant.id(), config.directory(), contents);

        try (ExecutorService threads = Executors.newThreadPerTaskExecutor(
                Thread.ofPlatform().name("history-", 1).factory())) {
            Future<?> collecting = threads.submit(() -> collectAndDie(dying));
            try {
                List<Future<?>> histories = new ArrayList<>();
                for (int actor = 1; actor <= 2; actor++) {
                    TenantHistory history = new TenantHistory(tenant, 31 * seed + actor, contents, invariants);
                    histories.add(threads.submit(() -> {
                        for (int step = 0; step < STEPS; step++) {
                            history.step();
                            invariants.check();
                        }
                    }));
                }
                Random random = new Random(seed);
                // As long as it takes for enough to be removed and to die, however slow the machine is.
                for (int planted = 0;
                        histories.stream().anyMatch(history -> !history.isDone())
                                || (!hasSeenEnough(dying) && !collecting.isDone());
                        planted++) {
                    invariants.plant(contents.get(random.nextInt(contents.size())));
                    invariants.plant(("stray " + seed + " " + planted).getBytes(StandardCharsets.UTF_8));
                    invariants.check();
                }
                for (Future<?> history : histories) {
                    history.get();
                }
            } finally {
                over.set(true);
            }
            collecting.get();
        } catch (ExecutionException failed) {
            throw new AssertionError("seed " + seed, failed.getCause());
        }

        invariants.endUploads();
        invariants.pass(24 * 31);
        var _ = steady.collect(() -> false);

        invariants.checkAll();
        invariants.checkNothingIsLeft();
        assertThat(invariants.pinned()).as("versions of files that were there").isGreaterThan(20);
    }

    private static boolean hasSeenEnough(DyingStore dying) {
        return dying.removed() >= 20 && dying.deaths() >= 5;
    }

    /** One collection after the other, and every fifth file ends one: before it is removed, or after. */
    private void collectAndDie(DyingStore dying) {
        StoreFiles files = new StoreFiles(jdbi, dying);
        GarbageCollection collection = new GarbageCollection(
                jdbi,
                models,
                datasets,
                new UnnamedArtifacts(jdbi, files, retention),
                new StrayFiles(jdbi, dying, files),
                uploads,
                meters);
        while (!over.get()) {
            try {
                var _ = collection.collect(() -> false);
            } catch (DyingStore.Died expected) {
                LOG.debug("died");
            }
        }
    }
}
