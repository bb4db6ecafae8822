package io.modelmill.inference.placement;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.modelmill.inference.batching.RunScheduler;
import io.modelmill.inference.fixture.Configurations;
import io.modelmill.inference.fixture.Eventually;
import io.modelmill.inference.fixture.FakeRegistry;
import io.modelmill.inference.fixture.RealBroker;
import io.modelmill.inference.fixture.TestModel;
import io.modelmill.inference.model.Datatype;
import io.modelmill.inference.model.InferenceReason;
import io.modelmill.inference.model.ModelKey;
import io.modelmill.inference.model.ServedModel;
import io.modelmill.inference.model.ServedVersion;
import io.modelmill.inference.model.VersionChoice;
import io.modelmill.inference.pipeline.TextPipelines;
import io.modelmill.inference.rollout.RolloutReports;
import io.modelmill.inference.session.InputTensor;
import io.modelmill.inference.session.OutputTensor;
import io.modelmill.inference.session.RunResult;
import io.modelmill.inference.session.Sessions;
import io.modelmill.inference.session.TensorContent;
import io.modelmill.inference.session.Termination;
import io.modelmill.localservers.LocalPorts;
import io.modelmill.servicekit.error.ErrorReason;
import io.modelmill.servicekit.error.ServiceException;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.Tracer;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Further replicas beside the application's own, with caches of their own. */
@QuarkusTest
@RealBroker
class ReplicaIT {
    private static final String BOOTSTRAP_SERVERS = "kafka.bootstrap.servers";
    private static final String NAME = "modelmill.replica.name";

    @Inject
    FakeRegistry fake;

    @Inject
    Registry registry;

    @Inject
    ManagedChannel registryChannel;

    @Inject
    Replica first;

    @Inject
    Sessions sessions;

    @Inject
    RunScheduler scheduler;

    @Inject
    TextPipelines pipelines;

    @Inject
    Tracer tracer;

    @Inject
    @ConfigProperty(name = BOOTSTRAP_SERVERS)
    String bootstrapServers;

    @TempDir
    Path directory;

    @Test
    void learnsEventsFromBeforeItsStartAsTheOtherReplicaDid() throws Exception {
        TestModel model = new TestModel(fake, "replicated", "scaling")
                .scaling(1, 1)
                .alias("production", 1)
                .publish();
        model.scaling(2, 2).alias("production", 2).publish();
        ModelKey key = new ModelKey("replicated", "scaling");
        Eventually.until(
                "the first replica knows it", () -> first.placements().isReady(key, new VersionChoice.Unnamed()));

        try (Replica second = replica(directory, registry, Map.of())) {
            second.start();
            Eventually.until("the second replica is ready", second::isReady);

            assertThat(second.placements().isReady(key, new VersionChoice.Unnamed()))
                    .isTrue();
            assertThat(factor(second, key)).isEqualTo(2f);
            assertThat(second.placements().known().stream().map(ServedModel::key))
                    .containsExactlyInAnyOrderElementsOf(first.placements().known().stream()
                            .map(ServedModel::key)
                            .toList());

            model.scaling(3, 3).alias("production", 3).publish();
            for (Replica replica : List.of(first, second)) {
                Eventually.until("a replica has swapped", () -> factor(replica, key) == 3f);
            }
        }
    }

    @Test
    void isOnTheListOfReplicasFromItsStartUntilItIsToldToStop() {
        Map<String, String> config = Map.of(NAME, "listed");
        try (Replica replica = replica(directory, registry, config)) {
            assertThat(fake.reported()).doesNotContainKey("listed");
            replica.start();
            Eventually.until("the registry knows it", () -> fake.reported().containsKey("listed"));

            replica.leave();

            Eventually.until("it is off the list", () -> !fake.reported().containsKey("listed"));
            Eventually.until("it still loads what it has to", replica::isInformed);
        }
    }

    @Test
    void becomesReadyWithoutTheBroker() {
        TestModel model =
                new TestModel(fake, "replicated", "listed").scaling(1, 5).alias("production", 1);
        fake.put(model.nextState());

        try (Replica replica = replica(directory, registry, withoutBroker())) {
            replica.start();
            Eventually.until("the replica is ready", replica::isReady);

            assertThat(factor(replica, new ModelKey("replicated", "listed"))).isEqualTo(5f);
        } finally {
            fake.forget(model.name());
        }
    }

    @Test
    void servesItsVerifiedCacheWithoutBrokerAndRegistry() throws Exception {
        ModelKey key = new ModelKey("cached", "scaling");
        ModelKey other = new ModelKey("cached", "other");
        OwnRegistry own = new OwnRegistry();
        own.models = List.of(listed(key, 1, 6), listed(other, 1, 7));
        try (Replica before = replica(directory, own, withoutBroker())) {
            before.start();
            Eventually.until("the replica is ready", before::isReady);
            int asked = own.asked.get();
            own.away = true;
            Eventually.until("it notices that the registry is away", () -> own.asked.get() > asked + 1);
            assertThat(factor(before, key)).as("what is loaded answers").isEqualTo(6f);
            assertThat(before.isReady()).isTrue();
        }

        try (Replica after = replica(directory, own, withoutBroker())) {
            after.start();
            Eventually.until("the replica is ready", after::isReady);
            assertThat(factor(after, key)).isEqualTo(6f);
            assertThat(factor(after, other)).isEqualTo(7f);
        }

        String damagedFile = listed(key, 1, 6).version(1).orElseThrow().graph().sha256();
        Files.writeString(directory.resolve("artifacts").resolve(damagedFile), "damaged");
        try (Replica damaged = replica(directory, own, withoutBroker())) {
            damaged.start();
            Eventually.until("the replica is ready", damaged::isReady);
            assertThat(damaged.placements().isReady(key, new VersionChoice.Unnamed()))
                    .as("bytes that are not those of their hash never answer")
                    .isFalse();
            assertThat(damaged.placements().acquire(key, new VersionChoice.Unnamed(), SpanContext.getInvalid()))
                    .isCompletedExceptionally();
            assertThat(factor(damaged, other)).as("the others do").isEqualTo(7f);
        }
    }

    @Test
    void isNotReadyWhileNobodyTellsTheModels() {
        OwnRegistry own = new OwnRegistry();
        own.away = true;
        try (Replica replica = replica(directory, own, withoutBroker())) {
            replica.start();
            Eventually.until("the registry was asked in vain", () -> own.asked.get() > 2);
            assertThat(replica.isInformed()).isFalse();
            assertThat(replica.isReady()).isFalse();

            own.away = false;
            Eventually.until("the replica is ready", replica::isReady);
        }
    }

    @Test
    void comparesWithTheRegistryNowAndThen() {
        ModelKey kept = new ModelKey("compared", "kept");
        ModelKey gone = new ModelKey("compared", "gone");
        ModelKey added = new ModelKey("compared", "added");
        OwnRegistry own = new OwnRegistry();
        own.models = List.of(listed(kept, 1, 1), listed(gone, 1, 2));
        Map<String, String> config = new HashMap<>(withoutBroker());
        config.put("modelmill.placement.reconcile-interval", "PT0.1S");
        try (Replica replica = replica(directory, own, config)) {
            replica.start();
            Eventually.until("the replica is ready", replica::isReady);
            assertThat(factor(replica, gone)).isEqualTo(2f);

            own.models = List.of(listed(kept, 2, 3), listed(added, 1, 4));

            Eventually.until(
                    "the models are compared",
                    () -> replica.placements().find(gone).isEmpty()
                            && replica.placements().isReady(added, new VersionChoice.Unnamed())
                            && replica.placements()
                                    .find(kept)
                                    .filter(model -> model.revision() == 2)
                                    .isPresent());
            assertThat(factor(replica, added)).isEqualTo(4f);
        }
    }

    @Test
    void learnsOfARevocationWhoseEventItMissedWhenItReconciles() {
        ModelKey key = new ModelKey("missed", "scaling");
        TestModel model = new TestModel(fake, key.tenant(), key.model())
                .scaling(1, 1)
                .scaling(2, 2)
                .alias("production", 1)
                .publish();
        Eventually.until(
                "the first replica knows it", () -> first.placements().isReady(key, new VersionChoice.Unnamed()));
        Map<String, String> config = Map.of("modelmill.placement.reconcile-interval", "PT0.1S");
        try (Replica second = replica(directory, registry, config)) {
            second.start();
            Eventually.until("the second replica is ready", second::isReady);
            assertThat(factor(second, key)).isEqualTo(1f);

            fake.put(model.revoked(1, "wrong rows").nextState());

            Eventually.until("it is refused", () -> refusal(second, key).isPresent());
            assertThat(factor(first, key)).as("who does not reconcile").isEqualTo(1f);
        } finally {
            fake.forget(model.name());
        }
        OwnRegistry away = new OwnRegistry();
        away.away = true;
        try (Replica again = replica(directory, away, withoutBroker())) {
            again.start();
            Eventually.until("it knows what it knew", again::isInformed);
            assertThat(refusal(again, key)).contains(InferenceReason.VERSION_REVOKED);
        }
    }

    @Test
    void reportsAQuarantineUntilTheRegistryHasTakenIt() throws Exception {
        ModelKey key = new ModelKey("reported", "deadly");
        OwnRegistry own = new OwnRegistry();
        own.models = List.of(listed(key, 1, 6));
        try (Replica before = replica(directory, own, withoutBroker())) {
            before.start();
            Eventually.until("the replica knows the model", before::isReady);
        }
        ServedVersion version = own.models.getFirst().version(1).orElseThrow();
        Files.writeString(
                directory.resolve("journal").resolve("quarantine"),
                Long.toHexString(FaultJournal.id(version)) + " it crashed twice\n");
        own.away = true;
        Map<String, String> config = new HashMap<>(withoutBroker());
        config.put("modelmill.placement.retry-backoff", "PT0.05S");
        try (Replica after = replica(directory, own, config)) {
            after.start();
            Eventually.until("it was reported in vain, again and again", () -> own.refusedReports.get() > 2);
            assertThat(own.quarantined).isEmpty();

            own.away = false;
            Eventually.until("the registry has taken it", () -> !own.quarantined.isEmpty());
            assertThat(own.quarantined).containsOnly(Map.entry(key.versionName(1), "it crashed twice"));
        }
    }

    /** Why a call through the alias production fails; empty if it would not. */
    private static Optional<ErrorReason> refusal(Replica replica, ModelKey key) {
        try {
            replica.placements()
                    .acquire(key, new VersionChoice.Unnamed(), SpanContext.getInvalid())
                    .get(10, TimeUnit.SECONDS)
                    .close();
            return Optional.empty();
        } catch (ExecutionException e) {
            return Optional.of(((ServiceException) Objects.requireNonNull(e.getCause())).reason());
        } catch (InterruptedException | TimeoutException e) {
            throw new IllegalStateException(e);
        }
    }

    private Map<String, String> withoutBroker() {
        return Map.of(
                BOOTSTRAP_SERVERS,
                "127.0.0.1:" + LocalPorts.free(),
                "modelmill.placement.fallback-after",
                "PT0.1S",
                "modelmill.placement.reconcile-interval",
                "PT0.1S");
    }

    private Replica replica(Path cache, Registry from, Map<String, String> config) {
        Properties broker = new Properties();
        broker.put("bootstrap.servers", config.getOrDefault(BOOTSTRAP_SERVERS, bootstrapServers));
        return new Replica(
                Configurations.of(PlacementConfig.class, config),
                new EventsAndRegistry(
                        Configurations.of(PlacementConfig.class, config),
                        broker,
                        cache,
                        from,
                        new RolloutReports(config.getOrDefault(NAME, "second"), registryChannel)),
                sessions,
                scheduler,
                pipelines,
                new SimpleMeterRegistry(),
                tracer);
    }

    /** A model with one version, its bytes kept by the fake registry. */
    private ServedModel listed(ModelKey key, long revision, float factor) {
        return ServedModelProtoMapper.model(new TestModel(fake, key.tenant(), key.model())
                .scaling(revision, factor)
                .alias("production", revision)
                .state(revision));
    }

    private static float factor(Replica replica, ModelKey key) {
        try (SessionLease lease = replica.placements()
                .acquire(key, new VersionChoice.Unnamed(), SpanContext.getInvalid())
                .get(10, TimeUnit.SECONDS)) {
            InputTensor ones = new InputTensor(
                    "x",
                    Datatype.FP32,
                    List.of(1L, 2L),
                    new TensorContent.Elements(8, buffer -> buffer.putFloat(1).putFloat(1)));
            try (RunResult result = lease.session().run(0, List.of(ones), List.of("y"), new Termination())) {
                return ((OutputTensor.Elements) result.outputs().getFirst())
                        .elements()
                        .getFloat(0);
            }
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** A registry of the test's own, whose bytes are those of the shared fake. */
    private final class OwnRegistry implements Registry {
        private final AtomicInteger asked = new AtomicInteger();
        private volatile List<ServedModel> models = List.of();
        private final AtomicInteger refusedReports = new AtomicInteger();
        private final Map<String, String> quarantined = new ConcurrentHashMap<>();
        private volatile boolean away;

        @Override
        public void quarantine(String version, String reason) {
            if (away) {
                refusedReports.incrementAndGet();
                throw Status.UNAVAILABLE.asRuntimeException();
            }
            quarantined.put(version, reason);
        }

        @Override
        public Listing listModels() {
            asked.incrementAndGet();
            if (away) {
                throw Status.UNAVAILABLE.asRuntimeException();
            }
            return new Listing(models, Set.of());
        }

        @Override
        public void download(String tenant, String sha256, OutputStream sink) throws IOException {
            if (away) {
                throw new IOException("the registry answered UNAVAILABLE");
            }
            registry.download(tenant, sha256, sink);
        }
    }
}
