package io.modelmill.inference.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.grpc.Status;
import io.modelmill.inference.fixture.Eventually;
import io.modelmill.inference.fixture.FakeRegistry;
import io.modelmill.inference.fixture.InferenceClient;
import io.modelmill.inference.fixture.InferenceClient.Refusal;
import io.modelmill.inference.fixture.RealBroker;
import io.modelmill.inference.fixture.SmallModels;
import io.modelmill.inference.fixture.TestModel;
import io.modelmill.inference.server.ServingServer;
import io.modelmill.proto.inference.DataType;
import io.modelmill.proto.inference.InferBatchStatistics;
import io.modelmill.proto.inference.InferStatistics;
import io.modelmill.proto.inference.ModelConfig;
import io.modelmill.proto.inference.ModelConfigRequest;
import io.modelmill.proto.inference.ModelRepositoryParameter;
import io.modelmill.proto.inference.ModelStatistics;
import io.modelmill.proto.inference.ModelStatisticsRequest;
import io.modelmill.proto.inference.RepositoryIndexRequest;
import io.modelmill.proto.inference.RepositoryIndexResponse.ModelIndex;
import io.modelmill.proto.inference.RepositoryModelLoadRequest;
import io.modelmill.proto.inference.RepositoryModelUnloadRequest;
import io.modelmill.proto.registry.v1.ServingSpec;
import io.modelmill.servicekit.fixture.TestCallers;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@QuarkusTest
@RealBroker
class ExtensionsIT {
    @Inject
    FakeRegistry registry;

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
    void listsOwnAndSharedModelsByTheNamesThatCallsUse() {
        model("acme", "listed")
                .scaling(1, 1)
                .scaling(2, 2)
                .alias("production", 1)
                .publish();
        model("globex", "lent")
                .scaling(1, 1)
                .alias("production", 1)
                .sharedWith("acme")
                .publish();
        model("globex", "hidden").scaling(1, 1).alias("production", 1).publish();
        Eventually.until("own model is loaded", () -> client.isReady("listed", ""));
        Eventually.until("shared model is loaded", () -> client.isReady("globex.lent", ""));

        assertThat(index("listed", false))
                .extracting(ModelIndex::getVersion, ModelIndex::getState, ModelIndex::getReason)
                .containsExactly(tuple("1", "READY", ""), tuple("2", "UNAVAILABLE", "not loaded before it is called"));
        assertThat(index("globex.lent", false))
                .extracting(ModelIndex::getVersion, ModelIndex::getState)
                .containsExactly(tuple("1", "READY"));
        assertThat(index("listed", true)).extracting(ModelIndex::getVersion).containsExactly("1");
        assertThat(client.stub()
                        .repositoryIndex(RepositoryIndexRequest.getDefaultInstance())
                        .getModelsList())
                .extracting(ModelIndex::getName)
                .doesNotContain("hidden", "globex.hidden", "lent");
    }

    @Test
    void saysWhyAVersionIsNotThere() {
        TestModel broken = model("acme", "index-broken")
                .version(1, "no graph".getBytes(java.nio.charset.StandardCharsets.UTF_8), TestModel.scalingSignature())
                .alias("production", 1)
                .publish();
        model("acme", "index-emptied").publish();

        Eventually.until(
                "the load has failed",
                () -> index("index-broken", false).stream()
                        .anyMatch(version -> version.getState().equals("UNAVAILABLE")));
        Eventually.until(
                "the empty model is known", () -> !index("index-emptied", false).isEmpty());
        assertThat(index("index-broken", false).getFirst().getReason()).contains("ONNX Runtime refuses the graph");
        broken.withoutAlias("production").without(1).publish();
        assertThat(index("index-emptied", false))
                .extracting(ModelIndex::getVersion, ModelIndex::getState, ModelIndex::getReason)
                .containsExactly(tuple("", "UNAVAILABLE", "it has no version that may be called"));
    }

    @Test
    void hasOneRepository() {
        Refusal refusal = InferenceClient.refusal(() -> client.stub()
                .repositoryIndex(RepositoryIndexRequest.newBuilder()
                        .setRepositoryName("other")
                        .build()));

        assertThat(refusal.code()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(refusal.violations()).singleElement().asString().startsWith("repository_name: ");
    }

    @Test
    void loadsWhatNobodyHasCalledYet() {
        model("acme", "index-on-demand").scaling(1, 3).publish();
        Eventually.until(
                "the model is known", () -> !index("index-on-demand", false).isEmpty());
        assertThat(index("index-on-demand", true)).isEmpty();

        var _ = client.stub().repositoryModelLoad(load("index-on-demand").build());

        assertThat(index("index-on-demand", true))
                .extracting(ModelIndex::getVersion)
                .containsExactly("1");
    }

    @Test
    void refusesLoadsThatItDoesNotUnderstand() {
        model("acme", "loaded-otherwise").scaling(1, 1).publish();
        Eventually.until(
                "the model is known", () -> !index("loaded-otherwise", false).isEmpty());

        assertThat(InferenceClient.refusal(() ->
                                client.stub().repositoryModelLoad(load("nobody").build()))
                        .code())
                .isEqualTo(Status.Code.NOT_FOUND);
        Refusal refusal = InferenceClient.refusal(() -> client.stub()
                .repositoryModelLoad(load("loaded-otherwise")
                        .putParameters("config", ModelRepositoryParameter.getDefaultInstance())
                        .build()));
        assertThat(refusal.code()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(refusal.violations()).singleElement().asString().startsWith("parameters.config: ");
    }

    @Test
    void leavesUnloadsToTheRegistry() {
        model("acme", "kept").scaling(1, 1).alias("production", 1).publish();
        Eventually.until("the model is loaded", () -> client.isReady("kept", ""));

        Refusal refusal = InferenceClient.refusal(() -> client.stub()
                .repositoryModelUnload(RepositoryModelUnloadRequest.newBuilder()
                        .setModelName("kept")
                        .build()));

        assertThat(refusal.code()).isEqualTo(Status.Code.FAILED_PRECONDITION);
        assertThat(refusal.reason()).isEqualTo("REGISTRY_DECIDES");
        assertThat(refusal.message()).contains("tenants/acme/models/kept").contains("the registry decides");
        assertThat(client.factor("kept", "")).isEqualTo(1f);
    }

    @Test
    void refusesUnloadsThatItDoesNotUnderstand() {
        model("acme", "unloaded-otherwise").scaling(1, 1).publish();
        Eventually.until(
                "the model is known", () -> !index("unloaded-otherwise", false).isEmpty());
        RepositoryModelUnloadRequest request = RepositoryModelUnloadRequest.newBuilder()
                .setModelName("unloaded-otherwise")
                .putParameters(
                        "unload_dependents",
                        ModelRepositoryParameter.newBuilder()
                                .setStringParam("yes")
                                .build())
                .build();

        Refusal refusal = InferenceClient.refusal(() -> client.stub().repositoryModelUnload(request));

        assertThat(refusal.code()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(refusal.violations()).singleElement().asString().startsWith("parameters.unload_dependents: ");
    }

    @Test
    void refusesAVersionInQuarantineAndWhatPointsAtIt() {
        TestModel deadly = model("acme", "deadly")
                .scaling(1, 1)
                .scaling(2, 2)
                .alias("production", 1)
                .alias("canary", 2)
                .publish();
        Eventually.until("both are loaded", () -> client.isReady("deadly", "") && client.isReady("deadly", "canary"));

        deadly.quarantined(2, "it crashed twice").publish();

        Eventually.until("it does not answer any more", () -> !client.ready("deadly", "canary"));
        for (String version : List.of("2", "canary")) {
            Refusal refusal = InferenceClient.refusal(() -> client.factor("deadly", version));
            assertThat(refusal.code()).as(version).isEqualTo(Status.Code.FAILED_PRECONDITION);
            assertThat(refusal.reason()).isEqualTo("VERSION_QUARANTINED");
            assertThat(refusal.message())
                    .isEqualTo("tenants/acme/models/deadly/versions/2 is not served: in quarantine: it crashed twice");
        }
        assertThat(client.factor("deadly", "")).as("the others answer").isEqualTo(1f);
        assertThat(index("deadly", false))
                .extracting(ModelIndex::getVersion, ModelIndex::getState, ModelIndex::getReason)
                .containsExactly(tuple("1", "READY", ""), tuple("2", "UNAVAILABLE", "in quarantine: it crashed twice"));

        deadly.alias("production", 2).publish();
        Eventually.until("production does not answer any more", () -> !client.ready("deadly", ""));
        assertThat(InferenceClient.refusal(() -> client.factor("deadly", "")).reason())
                .as("never another version in its place")
                .isEqualTo("VERSION_QUARANTINED");
    }

    @Test
    void refusesToServeOnADeviceThatItDoesNotHave() {
        TestModel model = model("acme", "elsewhere").scaling(1, 1).alias("production", 1);
        registry.publish(model.nextState().toBuilder()
                .setServingSpec(ServingSpec.newBuilder().setDevice("cuda"))
                .build());
        Eventually.until(
                "the load has failed",
                () -> index("elsewhere", false).stream()
                        .anyMatch(version -> version.getReason().contains("device")));

        Refusal refusal = InferenceClient.refusal(() -> client.factor("elsewhere", ""));
        assertThat(refusal.code()).isEqualTo(Status.Code.UNAVAILABLE);
        assertThat(refusal.message()).endsWith("device: cuda (expected: cpu, as this replica has it)");

        registry.publish(model.nextState().toBuilder()
                .setServingSpec(ServingSpec.newBuilder().setDevice("cpu"))
                .build());
        Eventually.until("it is loaded where it may be", () -> client.isReady("elsewhere", ""));
    }

    @Test
    void tellsHowAVersionIsServed() {
        model("acme", "configured")
                .version(1, SmallModels.classifier(1), TestModel.classifierSignature(), "a", "b", "c")
                .publish();
        Eventually.until("the model is known", () -> !index("configured", false).isEmpty());

        ModelConfig config = client.stub()
                .modelConfig(
                        ModelConfigRequest.newBuilder().setName("configured").build())
                .getConfig();

        assertThat(config.getName()).isEqualTo("configured");
        assertThat(config.getPlatform()).isEqualTo("onnxruntime_onnx");
        assertThat(config.getBackend()).isEqualTo("onnxruntime");
        assertThat(config.getModelTransactionPolicy().getDecoupled()).isFalse();
        assertThat(config.getInput(0).getName()).isEqualTo("features");
        assertThat(config.getInput(0).getDataType()).isEqualTo(DataType.TYPE_FP32);
        assertThat(config.getOutput(0).getName()).isEqualTo("probabilities");
        // Batched or not is measured; the axis of rows is left out exactly if it is.
        boolean batched = config.getMaxBatchSize() > 0;
        assertThat(config.getInput(0).getDimsList()).isEqualTo(batched ? List.of(4L) : List.of(-1L, 4L));
        assertThat(config.getOutput(0).getDimsList()).isEqualTo(batched ? List.of(3L) : List.of(-1L, 3L));
        assertThat(config.hasDynamicBatching()).isEqualTo(batched);
    }

    @Test
    void tellsMeasuresThatAddUp() {
        model("acme", "counted").scaling(1, 1).alias("production", 1).publish();
        Eventually.until("the model is loaded", () -> client.isReady("counted", ""));
        long before = System.currentTimeMillis();
        for (int request = 0; request < 3; request++) {
            client.factor("counted", "");
        }
        InferenceClient.refusal(() -> client.infer(InferenceClient.scalingRequest("counted", "").toBuilder()
                .clearInputs()
                .build()));

        Eventually.until("all are counted", () -> statistics("counted").getExecutionCount() == 3);
        ModelStatistics statistics = statistics("counted");
        InferStatistics requests = statistics.getInferenceStats();
        assertThat(statistics.getVersion()).isEqualTo("1");
        assertThat(statistics.getInferenceCount()).isEqualTo(3);
        assertThat(statistics.getLastInference()).isBetween(before, System.currentTimeMillis());
        assertThat(requests.getSuccess().getCount()).isEqualTo(3);
        assertThat(requests.getFail().getCount()).isEqualTo(1);
        assertThat(requests.getFail().getNs()).isPositive();
        assertThat(requests.getComputeInfer().getNs()).isPositive();
        assertThat(requests.getSuccess().getNs())
                .isEqualTo(requests.getQueue().getNs()
                        + requests.getComputeInput().getNs()
                        + requests.getComputeInfer().getNs()
                        + requests.getComputeOutput().getNs());
        assertThat(statistics.getBatchStatsList().stream()
                        .mapToLong(batches -> batches.getBatchSize()
                                * batches.getComputeInfer().getCount())
                        .sum())
                .isEqualTo(statistics.getInferenceCount());
        assertThat(statistics.getBatchStatsList())
                .extracting(InferBatchStatistics::getBatchSize)
                .containsExactly(1L);
    }

    @Test
    void keepsMeasuresOfASharedModelFromThoseThatItIsSharedWith() {
        model("globex", "popular")
                .scaling(1, 1)
                .alias("production", 1)
                .sharedWith()
                .publish();
        Eventually.until("the model is loaded", () -> client.isReady("globex.popular", ""));
        client.factor("globex.popular", "");
        InferenceClient publisher = new InferenceClient(callers.tenant("globex"));

        assertThat(InferenceClient.refusal(() -> statistics("globex.popular")).reason())
                .isEqualTo("PUBLISHER_ONLY");
        assertThat(client.stub()
                        .modelStatistics(ModelStatisticsRequest.getDefaultInstance())
                        .getModelStatsList())
                .extracting(ModelStatistics::getName)
                .doesNotContain("globex.popular");
        assertThat(publisher
                        .stub()
                        .modelStatistics(ModelStatisticsRequest.getDefaultInstance())
                        .getModelStatsList())
                .extracting(ModelStatistics::getName)
                .contains("popular");
    }

    private TestModel model(String tenant, String id) {
        return new TestModel(registry, tenant, id);
    }

    private List<ModelIndex> index(String name, boolean ready) {
        return client
                .stub()
                .repositoryIndex(
                        RepositoryIndexRequest.newBuilder().setReady(ready).build())
                .getModelsList()
                .stream()
                .filter(model -> model.getName().equals(name))
                .toList();
    }

    private static RepositoryModelLoadRequest.Builder load(String name) {
        return RepositoryModelLoadRequest.newBuilder().setModelName(name);
    }

    private ModelStatistics statistics(String name) {
        return client.stub()
                .modelStatistics(
                        ModelStatisticsRequest.newBuilder().setName(name).build())
                .getModelStats(0);
    }
}
