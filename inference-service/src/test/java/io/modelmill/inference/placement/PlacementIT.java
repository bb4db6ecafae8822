package io.modelmill.inference.placement;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.rpc.RetryInfo;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.micrometer.core.instrument.MeterRegistry;
import io.modelmill.inference.fixture.Eventually;
import io.modelmill.inference.fixture.FakeRegistry;
import io.modelmill.inference.fixture.InferenceClient;
import io.modelmill.inference.fixture.InferenceClient.Refusal;
import io.modelmill.inference.fixture.RealBroker;
import io.modelmill.inference.fixture.SmallModels;
import io.modelmill.inference.fixture.TestModel;
import io.modelmill.inference.server.ServingServer;
import io.modelmill.proto.inference.ModelInferResponse;
import io.modelmill.proto.registry.v1.FileKind;
import io.modelmill.proto.registry.v1.ModelFile;
import io.modelmill.servicekit.fixture.TestCallers;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@QuarkusTest
@RealBroker
class PlacementIT {
    @Inject
    FakeRegistry registry;

    @Inject
    Replica replica;

    @Inject
    MeterRegistry meters;

    @Inject
    ServingServer server;

    private TestCallers callers;
    private InferenceClient client;

    @BeforeEach
    void connect() {
        callers = TestCallers.connect(server.port());
        client = new InferenceClient(callers.tenant("acme"));
    }

    @AfterEach
    void disconnect() {
        callers.close();
    }

    @Test
    void swapsVersionsUnderLoadWithoutAFailedRequest() {
        int swaps = 60;
        TestModel model = served("swapped");
        AtomicBoolean over = new AtomicBoolean();
        AtomicInteger answers = new AtomicInteger();
        Queue<String> faults = new ConcurrentLinkedQueue<>();
        try (ExecutorService load = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int caller = 0; caller < 4; caller++) {
                load.execute(() -> {
                    while (!over.get()) {
                        try {
                            ModelInferResponse response = client.infer(InferenceClient.scalingRequest("swapped", ""));
                            // Version n multiplies by n, so that an answer in another's name is seen.
                            if (InferenceClient.factor(response) != Float.parseFloat(response.getModelVersion())) {
                                faults.add(response.toString());
                            }
                            answers.incrementAndGet();
                        } catch (StatusRuntimeException e) {
                            faults.add(e.toString());
                        }
                    }
                });
            }
            for (int version = 2; version <= swaps; version++) {
                int answersBefore = answers.get();
                model.scaling(version, version).alias("production", version).publish();
                String expected = Integer.toString(version);
                Eventually.until(
                        "version " + version + " answers",
                        () -> client.infer(InferenceClient.scalingRequest("swapped", ""))
                                .getModelVersion()
                                .equals(expected));
                Eventually.until("callers go on", () -> answers.get() > answersBefore);
            }
            over.set(true);
        }
        assertThat(faults).isEmpty();
        Eventually.until(
                "what was swapped out is closed",
                () -> meters.get("modelmill.placement.sessions.open").gauge().value()
                        == replica.placements().loadedVersions());
        assertThat(client.ready("swapped", Integer.toString(swaps))).isTrue();
        Eventually.until("the old version is unloaded", () -> !client.isReady("swapped", "1"));
    }

    @Test
    void ignoresRevisionsThatAreNotHigher() {
        TestModel model = new TestModel(registry, "acme", "ordered")
                .scaling(1, 1)
                .scaling(2, 2)
                .alias("production", 2);
        registry.announce(model.state(5), 0);
        Eventually.until("version 2 is loaded", () -> client.isReady("ordered", ""));

        registry.announce(model.alias("production", 1).state(4), 0);
        registry.announce(model.alias("production", 1).state(5), 0);
        registry.announce(
                new TestModel(registry, "acme", "after-ordered")
                        .scaling(1, 1)
                        .alias("production", 1)
                        .nextState(),
                0);
        Eventually.until("what came after is loaded", () -> client.isReady("after-ordered", ""));

        assertThat(client.factor("ordered", "")).isEqualTo(2f);
    }

    @Test
    void keepsTheOldVersionWhenTheNewOnesBytesAreNotThoseOfItsHash() {
        TestModel model = served("tampered");
        byte[] graph = SmallModels.scaling(2);
        ModelFile file = model.file("model.onnx", FileKind.FILE_KIND_ONNX_MODEL, graph);
        registry.corrupt(file.getSha256());

        model.version(2, file, TestModel.scalingSignature())
                .alias("production", 2)
                .publish();
        Eventually.until("the load has failed", () -> !client.isReady("tampered", ""));

        ModelInferResponse response = client.infer(InferenceClient.scalingRequest("tampered", ""));
        assertThat(response.getModelVersion()).isEqualTo("1");
        Refusal refusal = InferenceClient.refusal(() -> client.factor("tampered", "2"));
        assertThat(refusal.code()).isEqualTo(Status.Code.UNAVAILABLE);
        assertThat(refusal.reason()).isEqualTo("VERSION_NOT_LOADED");
        assertThat(refusal.detail(RetryInfo.class)).isPresent();
        assertThat(refusal.message()).contains("tenants/acme/models/tampered/versions/2 could not be loaded: ");

        registry.keep(graph);
        Eventually.until("the load is tried again", () -> client.isReady("tampered", ""));
        assertThat(client.factor("tampered", "")).isEqualTo(2f);
    }

    @Test
    void refusesWhatIsNoGraph() {
        served("broken");
        new TestModel(registry, "acme", "only-broken")
                .version(1, "this is no graph".getBytes(UTF_8), TestModel.scalingSignature())
                .alias("production", 1)
                .publish();
        Eventually.until("the model is known", () -> answers("only-broken") == Status.Code.UNAVAILABLE);

        Refusal refusal = InferenceClient.refusal(() -> client.factor("only-broken", ""));

        assertThat(refusal.reason()).isEqualTo("VERSION_NOT_LOADED");
        assertThat(refusal.message()).contains("ONNX Runtime refuses the graph").doesNotContain("versions/acme");
        assertThat(client.factor("broken", "")).isEqualTo(1f);
    }

    @Test
    void refusesAGraphThatIsNotAsItsSignatureSays() {
        new TestModel(registry, "acme", "mislabelled")
                .version(1, SmallModels.scaling(1), TestModel.classifierSignature())
                .alias("production", 1)
                .publish();
        Eventually.until("the model is known", () -> answers("mislabelled") == Status.Code.UNAVAILABLE);

        assertThat(InferenceClient.refusal(() -> client.factor("mislabelled", ""))
                        .message())
                .contains("input \"x\" of the graph: FP32 [-1, 2] (expected: none, as the version's signature says)");
    }

    @Test
    void loadsOnDemandOnceForAllWhoWait() throws Exception {
        byte[] second = SmallModels.scaling(2222);
        TestModel model = served("on-demand").version(2, second, TestModel.scalingSignature());
        ModelFile file = model.file("model.onnx", FileKind.FILE_KIND_ONNX_MODEL, second);
        model.publish();
        Eventually.until("version 2 is known", () -> {
            try {
                return !client.ready("on-demand", "2");
            } catch (StatusRuntimeException e) {
                return false;
            }
        });
        assertThat(registry.downloads(file.getSha256())).isZero();

        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Float>> calls = new ArrayList<>();
            for (int call = 0; call < 16; call++) {
                calls.add(threads.submit(() -> client.factor("on-demand", "2")));
            }
            for (Future<Float> call : calls) {
                assertThat(call.get()).isEqualTo(2222f);
            }
        }

        assertThat(registry.downloads(file.getSha256())).isEqualTo(1);
        assertThat(client.ready("on-demand", "2")).isTrue();
    }

    @Test
    void stopsAnsweringWithVersionsThatAreNotReadyAnyMore() {
        TestModel model = served("archived").scaling(2, 2).publish();
        Eventually.until("version 2 answers", () -> answers("archived", "2") == Status.Code.OK);

        model.without(2).publish();
        Eventually.until("version 2 is gone", () -> answers("archived", "2") == Status.Code.NOT_FOUND);

        assertThat(client.factor("archived", "")).isEqualTo(1f);
        assertThat(client.factor("archived", "1")).isEqualTo(1f);
        model.without(1).withoutAlias("production").publish();
        Eventually.until("nothing is left", () -> answers("archived") == Status.Code.NOT_FOUND);
    }

    @Test
    void takesTheHighestVersionWithoutProduction() {
        TestModel model =
                served("unaliased").scaling(2, 2).withoutAlias("production").publish();
        Eventually.until(
                "version 2 answers",
                () -> client.infer(InferenceClient.scalingRequest("unaliased", ""))
                        .getModelVersion()
                        .equals("2"));

        model.alias("canary", 1).publish();
        Eventually.until("the alias is known", () -> client.isReady("unaliased", "canary"));

        assertThat(client.factor("unaliased", "canary")).isEqualTo(1f);
        assertThat(client.factor("unaliased", "")).isEqualTo(2f);
    }

    @Test
    void passesOverRecordsThatCannotBeRead() {
        registry.sendRaw("tenants/acme/models/unreadable", "no protobuf".getBytes(UTF_8));
        registry.sendRaw("no resource name", new byte[0]);
        registry.sendRaw("tenants/acme/models/unreadable", new byte[0]);
        registry.announce(new TestModel(registry, "acme", "unreadable")
                .version(
                        1,
                        ModelFile.newBuilder()
                                .setPath("../../etc/passwd")
                                .setKind(FileKind.FILE_KIND_ONNX_MODEL)
                                .setSha256("0".repeat(64))
                                .build(),
                        TestModel.scalingSignature())
                .nextState());

        served("after-unreadable");

        assertThat(client.factor("after-unreadable", "")).isEqualTo(1f);
        assertThat(answers("unreadable")).isEqualTo(Status.Code.NOT_FOUND);
        Eventually.until(
                "all are dead letters",
                () -> registry.deadLetters("tenants/acme/models/unreadable").size() == 3
                        && registry.deadLetters("no resource name").size() == 1);
        assertThat(registry.deadLetters("no resource name"))
                .containsValue("key (expected: tenants/{tenant}/models/{model})")
                .hasKeySatisfying(new org.assertj.core.api.Condition<>(
                        key -> key.matches("modelmill\\.model-versions\\.v1/[0-5]/\\d+"), "where the event was"));
    }

    @Test
    void forgetsModelsThatAreGone() {
        TestModel model = served("gone");

        registry.forget(model.name());
        registry.sendRaw(model.name(), null);

        Eventually.until("the model is gone", () -> answers("gone") == Status.Code.NOT_FOUND);
    }

    @Test
    void loadsGraphsWithExternalData() {
        byte[] factors = InferenceClient.floats(3, 4).toByteArray();
        new TestModel(registry, "acme", "external")
                .version(1, SmallModels.scalingWithExternalData(), TestModel.scalingSignature())
                .addFile(1, "weights/factor.bin", FileKind.FILE_KIND_EXTERNAL_DATA, factors)
                .alias("production", 1)
                .publish();
        Eventually.until("the model is loaded", () -> client.isReady("external", ""));

        ModelInferResponse response = client.infer(InferenceClient.scalingRequest("external", ""));

        assertThat(InferenceClient.floats(response.getRawOutputContents(0))).containsExactly(3f, 4f);
    }

    /** A model whose version 1 multiplies by 1 and is loaded. */
    private TestModel served(String id) {
        TestModel model = new TestModel(registry, "acme", id)
                .scaling(1, 1)
                .alias("production", 1)
                .publish();
        Eventually.until(id + " is loaded", () -> client.isReady(id, ""));
        return model;
    }

    private Status.Code answers(String model) {
        return answers(model, "");
    }

    private Status.Code answers(String model, String version) {
        try {
            client.factor(model, version);
            return Status.Code.OK;
        } catch (StatusRuntimeException e) {
            return e.getStatus().getCode();
        }
    }
}
