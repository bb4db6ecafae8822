package io.modelmill.inference.placement;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.modelmill.inference.batching.InferenceListener;
import io.modelmill.inference.batching.InferenceRequest;
import io.modelmill.inference.batching.RunScheduler;
import io.modelmill.inference.batching.RunTimes;
import io.modelmill.inference.fixture.Configurations;
import io.modelmill.inference.fixture.Eventually;
import io.modelmill.inference.fixture.SmallModels;
import io.modelmill.inference.model.Datatype;
import io.modelmill.inference.model.Grant;
import io.modelmill.inference.model.ModelKey;
import io.modelmill.inference.model.ServedModel;
import io.modelmill.inference.model.ServedVersion;
import io.modelmill.inference.model.Signature;
import io.modelmill.inference.model.TensorSpec;
import io.modelmill.inference.model.VersionChoice;
import io.modelmill.inference.model.VersionFile;
import io.modelmill.inference.pipeline.PipelineConfig;
import io.modelmill.inference.pipeline.TextPipelines;
import io.modelmill.inference.rollout.AliasProgress;
import io.modelmill.inference.session.InputTensor;
import io.modelmill.inference.session.OutputTensor;
import io.modelmill.inference.session.SessionConfig;
import io.modelmill.inference.session.Sessions;
import io.modelmill.inference.session.TensorContent;
import io.modelmill.servicekit.error.ServiceException;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.SpanContext;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Ten times as many models as there is room for, with sessions of their own. */
class ManyModelsIT {
    private static final int MODELS = 200;
    private static final int ROOM_FOR = 20;
    private static final int HOTTEST = 5;
    private static final int CALLERS = 4;
    private static final int CALLS = 2_000;
    /** Of the clock that uses are timed on: the calls of a phase take 10 s on it. */
    private static final long NANOS_PER_CALL = 5_000_000;

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final AtomicLong clock = new AtomicLong();
    private final Map<String, byte[]> artifacts = new ConcurrentHashMap<>();
    private final long modelBytes = SmallModels.scaling(1).length;
    private final MemoryBudget budget = new MemoryBudget(ROOM_FOR * modelBytes, Duration.ofSeconds(10), clock::get);

    @TempDir
    Path directory;

    private RunScheduler scheduler;
    private LoadThreads threads;
    private Placements placements;

    @BeforeEach
    void start() {
        SessionConfig config = Configurations.of(SessionConfig.class, Map.of("modelmill.session.run-threads", "2"));
        PlacementConfig placement = Configurations.of(PlacementConfig.class, Map.of());
        // Nothing ever grows, so that a version's size is that of its files.
        VersionSizes sizes = new VersionSizes(() -> 0);
        Sessions sessions = new Sessions(config);
        scheduler = new RunScheduler(sessions.runThreads(), 64, 1_000, Map.of());
        VersionLoader loader = new VersionLoader(
                new ArtifactCache(directory, this::download),
                sessions,
                scheduler,
                new TextPipelines(Configurations.of(PipelineConfig.class, Map.of("user.home", directory.toString()))),
                sizes,
                meters,
                OpenTelemetry.noop().getTracer("test"));
        threads = new LoadThreads(
                new BudgetedLoads(loader, budget, sizes, clock::get, Optional.empty(), meters), placement, meters);
        placements = new Placements(threads, model -> {});
    }

    @AfterEach
    void stop() {
        threads.close();
        scheduler.close();
    }

    @Test
    void answersAllOfThemOnABudgetForATenth() throws Exception {
        for (int model = 0; model < MODELS; model++) {
            assertThat(placements.apply(model(model), SpanContext.getInvalid())).isTrue();
        }
        Eventually.until(
                "what there is room for is loaded",
                () -> placements.loads().stream().allMatch(CompletableFuture::isDone));
        assertThat(placements.loadedVersions()).isBetween(1, ROOM_FOR);
        for (int model = 0; model < MODELS; model++) {
            assertThat(placements.isReady(key(model), new VersionChoice.Unnamed()))
                    .as("model %d is loaded, or by its first call", model)
                    .isTrue();
        }
        assertThat(phasesTold())
                .as("how far the targets of aliases are")
                .containsOnlyKeys(AliasProgress.Phase.SERVING, AliasProgress.Phase.ON_DEMAND)
                .containsEntry(AliasProgress.Phase.SERVING, (long) placements.loadedVersions());

        Phase warmUp = phase(1);
        Phase steady = phase(2);

        for (Phase phase : List.of(warmUp, steady)) {
            assertThat(phase.faults).isEmpty();
            assertThat(phase.answered.get()).isGreaterThan(CALLS / 2);
            assertThat(phase.answered.get() + phase.refused.get()).isEqualTo(CALLS);
            assertThat(phase.most.get()).isLessThanOrEqualTo(budget.limit());
        }
        for (int hot = 0; hot < HOTTEST; hot++) {
            assertThat(steady.waited.getOrDefault(hot, 0))
                    .as("calls to the model of rank %d that waited for a load", hot + 1)
                    .isZero();
        }
        assertThat(budget.evictions()).isGreaterThan(MODELS - ROOM_FOR);
        assertThat(meters.get("modelmill.placement.loads").counter().count()).isGreaterThan(MODELS);
        assertThat(meters.get("modelmill.placement.memory.taken").gauge().value())
                .isEqualTo(placements.loadedVersions() * modelBytes);
    }

    private Map<AliasProgress.Phase, Long> phasesTold() {
        return placements.known().stream()
                .flatMap(model -> placements.progress(model.key()).orElseThrow().aliases().values().stream())
                .collect(Collectors.groupingBy(AliasProgress::phase, Collectors.counting()));
    }

    private Phase phase(long seed) throws Exception {
        Phase phase = new Phase();
        try (ExecutorService callers = Executors.newFixedThreadPool(CALLERS)) {
            List<Future<?>> all = new ArrayList<>();
            for (int caller = 0; caller < CALLERS; caller++) {
                Random random = new Random(seed * CALLERS + caller);
                all.add(callers.submit(() -> {
                    for (int call = 0; call < CALLS / CALLERS; call++) {
                        call(phase, random.nextBoolean() ? random.nextInt(MODELS) : zipf(random));
                    }
                }));
            }
            for (Future<?> caller : all) {
                caller.get();
            }
        }
        return phase;
    }

    private void call(Phase phase, int model) {
        clock.addAndGet(NANOS_PER_CALL);
        CompletableFuture<SessionLease> acquired =
                placements.acquire(key(model), new VersionChoice.Unnamed(), SpanContext.getInvalid());
        if (!acquired.isDone()) {
            phase.waited.merge(model, 1, Integer::sum);
        }
        try (SessionLease lease = acquired.get(30, TimeUnit.SECONDS)) {
            phase.most.accumulateAndGet(budget.taken(), Math::max);
            float factor = factor(lease);
            if (factor != model + 1) {
                phase.faults.add("model " + model + " answered " + factor);
            }
            phase.answered.incrementAndGet();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof ServiceException refused
                    && refused.reason().code() == Status.Code.RESOURCE_EXHAUSTED
                    && refused.retryAfter().isPresent()) {
                phase.refused.incrementAndGet();
            } else {
                phase.faults.add(String.valueOf(e.getCause()));
            }
        } catch (Exception e) {
            phase.faults.add(e.toString());
        }
    }

    private static float factor(SessionLease lease) throws Exception {
        InputTensor ones = new InputTensor(
                "x",
                Datatype.FP32,
                List.of(1L, 2L),
                new TensorContent.Elements(8, buffer -> buffer.putFloat(1).putFloat(1)));
        CompletableFuture<Float> answer = new CompletableFuture<>();
        var _ = lease.batcher()
                .submit(
                        new InferenceRequest("many", List.of(ones), List.of("y"), 0, InferenceRequest.NO_DEADLINE),
                        new InferenceListener() {
                            @Override
                            public void answered(List<OutputTensor> outputs, RunTimes times) {
                                answer.complete(((OutputTensor.Elements) outputs.getFirst())
                                        .elements()
                                        .getFloat(0));
                            }

                            @Override
                            public void failed(Throwable failure) {
                                answer.completeExceptionally(failure);
                            }
                        });
        return answer.get(30, TimeUnit.SECONDS);
    }

    /** A model's rank, from 0: each is called in inverse proportion to it. */
    private static int zipf(Random random) {
        double all = 0;
        for (int rank = 1; rank <= MODELS; rank++) {
            all += 1.0 / rank;
        }
        double drawn = random.nextDouble() * all;
        int rank = 0;
        while (drawn > 0 && rank < MODELS) {
            rank++;
            drawn -= 1.0 / rank;
        }
        return rank - 1;
    }

    private static ModelKey key(int model) {
        return new ModelKey("many", "model-" + model);
    }

    private ServedModel model(int model) throws Exception {
        byte[] graph = SmallModels.scaling(model + 1);
        String sha256 =
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(graph));
        artifacts.put(sha256, graph);
        Signature signature = new Signature(
                List.of(new TensorSpec("x", Datatype.FP32, List.of(-1L, 2L))),
                List.of(new TensorSpec("y", Datatype.FP32, List.of(-1L, 2L))));
        ServedVersion version = new ServedVersion(
                1, List.of(new VersionFile("model.onnx", true, sha256, graph.length)), signature, List.of());
        return ServedModel.of(
                key(model), 1, new Grant.OwnerOnly(), List.of(version), Map.of(VersionChoice.PRODUCTION, 1L));
    }

    private void download(String tenant, String sha256, OutputStream sink) throws IOException {
        byte[] bytes = artifacts.get(sha256);
        if (bytes == null) {
            throw new IOException("no such artifact");
        }
        sink.write(bytes);
    }

    /** What came of a number of calls. */
    private static final class Phase {
        private final AtomicInteger answered = new AtomicInteger();
        private final AtomicInteger refused = new AtomicInteger();
        private final AtomicLong most = new AtomicLong();
        private final Map<Integer, Integer> waited = new ConcurrentHashMap<>();
        private final Queue<String> faults = new ConcurrentLinkedQueue<>();
    }
}
