package io.modelmill.inference.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.micrometer.core.instrument.MeterRegistry;
import io.modelmill.inference.batching.RunScheduler;
import io.modelmill.inference.fixture.Eventually;
import io.modelmill.inference.fixture.FakeRegistry;
import io.modelmill.inference.fixture.InferenceClient;
import io.modelmill.inference.fixture.InferenceClient.Refusal;
import io.modelmill.inference.fixture.RealBroker;
import io.modelmill.inference.fixture.TestModel;
import io.modelmill.inference.server.ServingServer;
import io.modelmill.proto.inference.GRPCInferenceServiceGrpc;
import io.modelmill.proto.inference.ModelInferResponse;
import io.modelmill.proto.inference.RepositoryIndexRequest;
import io.modelmill.proto.inference.RepositoryIndexResponse.ModelIndex;
import io.modelmill.servicekit.fixture.TestCallers;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Versions that are withdrawn for good while they are called. */
@QuarkusTest
@RealBroker
class RevokeIT {
    private static final String REASON = "trained on the wrong rows";

    @Inject
    FakeRegistry registry;

    @Inject
    RunScheduler scheduler;

    @Inject
    MeterRegistry meters;

    @Inject
    ServingServer server;

    private final CountDownLatch release = new CountDownLatch(1);
    private TestCallers callers;
    private InferenceClient client;

    @BeforeEach
    void connect() {
        callers = TestCallers.connect(server.port());
        client = new InferenceClient(callers.tenant("acme"));
    }

    @AfterEach
    void disconnect() {
        release.countDown();
        callers.close();
        Eventually.until("the queue is empty", () -> scheduler.waiting() == 0);
    }

    @Test
    void refusesARevokedVersionAndWhatPointsAtIt() {
        TestModel model = twoVersions("revoked").alias("canary", 2).publish();
        Eventually.until("both are loaded", () -> client.isReady("revoked", "") && client.isReady("revoked", "canary"));

        model.revoked(2, REASON).publish();

        Eventually.until("it does not answer any more", () -> !client.ready("revoked", "canary"));
        for (String version : List.of("2", "canary")) {
            assertRevoked(InferenceClient.refusal(() -> client.factor("revoked", version)), "revoked", 2);
        }
        assertThat(client.factor("revoked", "")).as("the others answer").isEqualTo(1f);
        assertThat(client.stub().repositoryIndex(RepositoryIndexRequest.getDefaultInstance()).getModelsList().stream()
                        .filter(version -> version.getName().equals("revoked")))
                .extracting(ModelIndex::getVersion, ModelIndex::getState, ModelIndex::getReason)
                .containsExactly(tuple("1", "READY", ""), tuple("2", "UNAVAILABLE", "revoked: " + REASON));

        model.revoked(1, REASON).publish();
        Eventually.until("production does not answer any more", () -> !client.ready("revoked", ""));
        assertRevoked(InferenceClient.refusal(() -> client.factor("revoked", "")), "revoked", 1);

        model.scaling(3, 3).alias("production", 3).publish();
        Eventually.until("the alias was moved", () -> client.isReady("revoked", ""));
        assertThat(client.factor("revoked", "")).isEqualTo(3f);
        assertRevoked(InferenceClient.refusal(() -> client.factor("revoked", "1")), "revoked", 1);
    }

    @Test
    void neverRunsWhatWaitsForARevokedVersion() throws Exception {
        TestModel model = served("waited-for");
        served("bystander");
        takeAllThreads();
        List<Future<ModelInferResponse>> waiting = calls("waited-for", 8);
        Future<ModelInferResponse> bystander = calls("bystander", 1).getFirst();
        Eventually.until("all wait", () -> scheduler.waiting() == 9);

        model.revoked(1, REASON).publish();

        // While no run thread is free.
        for (Future<ModelInferResponse> call : waiting) {
            assertRevoked(refusal(call), "waited-for", 1);
        }
        assertThat(scheduler.waiting()).isEqualTo(1);
        release.countDown();
        assertThat(InferenceClient.factor(bystander.get())).isEqualTo(1f);
        assertThat(meters.find("modelmill.inference.compute.duration")
                        .tag("model", "acme.waited-for")
                        .timers())
                .allSatisfy(timer -> assertThat(timer.count()).isZero());
    }

    @Test
    void neverRunsWhatWaitsForAVersionThatWasReplacedBeforeItWasRevoked() throws Exception {
        TestModel model = twoVersions("replaced").publish();
        Eventually.until("version 1 is loaded", () -> client.isReady("replaced", ""));
        assertThat(client.factor("replaced", "2")).as("loaded by this call").isEqualTo(2f);
        takeAllThreads();
        List<Future<ModelInferResponse>> waiting = calls("replaced", 4);
        Eventually.until("all wait", () -> scheduler.waiting() == 4);
        model.alias("production", 2).publish();
        Eventually.until("version 1 is unloaded", () -> !client.isReady("replaced", "1"));
        assertThat(scheduler.waiting()).as("what was let in is finished").isEqualTo(4);

        model.revoked(1, REASON).publish();

        for (Future<ModelInferResponse> call : waiting) {
            assertRevoked(refusal(call), "replaced", 1);
        }
        release.countDown();
        assertThat(client.factor("replaced", "")).isEqualTo(2f);
    }

    @Test
    void finishesWhatWaitsForAnArchivedVersion() throws Exception {
        TestModel model = twoVersions("archived-late").publish();
        Eventually.until("version 1 is loaded", () -> client.isReady("archived-late", ""));
        assertThat(client.factor("archived-late", "2")).isEqualTo(2f);
        takeAllThreads();
        List<Future<ModelInferResponse>> waiting = calls("archived-late", 4);
        Eventually.until("all wait", () -> scheduler.waiting() == 4);

        model.alias("production", 2).without(1).publish();

        Eventually.until("version 1 is gone", () -> !client.isReady("archived-late", "1"));
        release.countDown();
        for (Future<ModelInferResponse> call : waiting) {
            assertThat(InferenceClient.factor(call.get())).isEqualTo(1f);
        }
    }

    @Test
    void neverAnswersAgainOnceItHasRefusedACall() {
        TestModel model = served("hot");
        AtomicBoolean over = new AtomicBoolean();
        AtomicBoolean refused = new AtomicBoolean();
        AtomicInteger answers = new AtomicInteger();
        AtomicInteger refusals = new AtomicInteger();
        Queue<String> faults = new ConcurrentLinkedQueue<>();
        try (ExecutorService load = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int caller = 0; caller < 4; caller++) {
                load.execute(() -> {
                    while (!over.get()) {
                        boolean before = refused.get();
                        try {
                            client.factor("hot", "");
                            answers.incrementAndGet();
                            if (before) {
                                faults.add("answered after a refusal");
                            }
                        } catch (StatusRuntimeException e) {
                            if (!new Refusal(e).reason().equals("VERSION_REVOKED")) {
                                faults.add(e.toString());
                            }
                            refused.set(true);
                            refusals.incrementAndGet();
                        }
                    }
                });
            }
            Eventually.until("callers are answered", () -> answers.get() > 100);
            model.revoked(1, REASON).publish();
            Eventually.until("callers are refused", () -> refusals.get() > 100 || !faults.isEmpty());
            over.set(true);
        }
        assertThat(faults).isEmpty();
    }

    private static void assertRevoked(Refusal refusal, String model, int version) {
        assertThat(refusal.code()).as(refusal.message()).isEqualTo(Status.Code.FAILED_PRECONDITION);
        assertThat(refusal.reason()).isEqualTo("VERSION_REVOKED");
        assertThat(refusal.message())
                .isEqualTo(
                        "tenants/acme/models/" + model + "/versions/" + version + " is not served: revoked: " + REASON);
    }

    private static Refusal refusal(Future<ModelInferResponse> call) throws InterruptedException {
        try {
            throw new AssertionError("answered: " + call.get());
        } catch (ExecutionException e) {
            return new Refusal((StatusRuntimeException) Objects.requireNonNull(e.getCause()));
        }
    }

    private List<Future<ModelInferResponse>> calls(String model, int count) {
        List<Future<ModelInferResponse>> calls = new ArrayList<>();
        for (int call = 0; call < count; call++) {
            calls.add(GRPCInferenceServiceGrpc.newFutureStub(callers.tenant("acme"))
                    .withDeadlineAfter(60, TimeUnit.SECONDS)
                    .modelInfer(InferenceClient.scalingRequest(model, "")));
        }
        return calls;
    }

    private TestModel twoVersions(String id) {
        return new TestModel(registry, "acme", id).scaling(1, 1).scaling(2, 2).alias("production", 1);
    }

    private TestModel served(String id) {
        TestModel model = new TestModel(registry, "acme", id)
                .scaling(1, 1)
                .alias("production", 1)
                .publish();
        Eventually.until(id + " is loaded", () -> client.isReady(id, ""));
        return model;
    }

    private void takeAllThreads() {
        CountDownLatch taken = new CountDownLatch(scheduler.threads());
        for (int index = 0; index < scheduler.threads(); index++) {
            int thread = index;
            Thread.ofVirtual().start(() -> {
                try {
                    scheduler.call(thread, () -> {
                        taken.countDown();
                        release.await();
                        return thread;
                    });
                } catch (ExecutionException | InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            });
        }
        Eventually.until("all threads are taken", () -> taken.getCount() == 0);
    }
}
