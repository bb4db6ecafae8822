package io.modelmill.gateway.rest;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Empty;
import com.google.protobuf.util.Durations;
import io.grpc.Metadata;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.modelmill.gateway.fixture.Eventually;
import io.modelmill.gateway.fixture.FakeFleet;
import io.modelmill.gateway.fixture.GatewayCallers;
import io.modelmill.gateway.fixture.GatewayIntegrationTest;
import io.modelmill.gateway.fixture.RestClient;
import io.modelmill.gateway.fixture.RestClient.Answer;
import io.modelmill.proto.registry.v1.Alias;
import io.modelmill.proto.registry.v1.CreateModelRequest;
import io.modelmill.proto.registry.v1.CreateModelVersionRequest;
import io.modelmill.proto.registry.v1.DeleteAliasRequest;
import io.modelmill.proto.registry.v1.GetModelRequest;
import io.modelmill.proto.registry.v1.GetRolloutRequest;
import io.modelmill.proto.registry.v1.ListModelsRequest;
import io.modelmill.proto.registry.v1.ListModelsResponse;
import io.modelmill.proto.registry.v1.Model;
import io.modelmill.proto.registry.v1.ModelServiceGrpc;
import io.modelmill.proto.registry.v1.ModelVersion;
import io.modelmill.proto.registry.v1.Rollout;
import io.modelmill.proto.registry.v1.UpdateAliasRequest;
import io.modelmill.proto.registry.v1.UpdateModelRequest;
import io.modelmill.proto.registry.v1.Visibility;
import io.modelmill.proto.training.v1.CancelTrainingJobRequest;
import io.modelmill.proto.training.v1.CreateTrainingJobRequest;
import io.modelmill.proto.training.v1.JobEvent;
import io.modelmill.proto.training.v1.ListMetricPointsRequest;
import io.modelmill.proto.training.v1.ListMetricPointsResponse;
import io.modelmill.proto.training.v1.Progress;
import io.modelmill.proto.training.v1.TrainingJob;
import io.modelmill.proto.training.v1.TrainingJobServiceGrpc;
import io.modelmill.proto.training.v1.WatchTrainingJobRequest;
import io.modelmill.servicekit.error.CommonReason;
import io.modelmill.servicekit.error.ServiceException;
import io.modelmill.servicekit.error.StatusMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@GatewayIntegrationTest
class JsonResourceIT {
    @SuppressWarnings("NullAway.Init") // set by FakeFleetResource
    FakeFleet fleet;

    private final AtomicReference<Object> seen = new AtomicReference<>();
    private String tenant;
    private String key;
    private RestClient rest;

    @BeforeEach
    void connect() {
        try (GatewayCallers callers = GatewayCallers.connect()) {
            tenant = callers.newTenant();
            key = callers.newKey(tenant).getSecret();
        }
        rest = RestClient.withKey(key);
        fleet.registry().serve(new Models(seen));
        fleet.training().serve(new Jobs(seen));
    }

    @AfterEach
    void disconnect() {
        fleet.registry().clear();
        fleet.training().clear();
    }

    @Test
    void administersTenantsAndKeys() {
        RestClient admin = RestClient.withKey(GatewayCallers.adminKey());
        String id = tenant + "-b";

        Answer created = admin.send("POST", "/v1/tenants?tenant_id=" + id, "{'displayName':'B'}");
        assertThat(created.status()).as(created.text()).isEqualTo(200);
        assertThat(created.json().get("name").asText()).isEqualTo("tenants/" + id);
        assertThat(admin.get("/v1/tenants/" + id).json().get("displayName").asText())
                .isEqualTo("B");
        assertThat(admin.get("/v1/tenants?pageSize=1").json().get("tenants")).hasSize(1);
        Answer again = admin.send("POST", "/v1/tenants?tenant_id=" + id, "{}");
        assertThat(again.status()).isEqualTo(409);

        Answer newKey = admin.send("POST", "/v1/tenants/" + id + "/apiKeys", "{'displayName':'k'}");
        RestClient own = RestClient.withKey(newKey.json().get("secret").asText());
        assertThat(own.get("/v1/tenants/" + id + "/apiKeys").json().get("apiKeys"))
                .hasSize(1);
        assertThat(own.get("/v1/tenants/" + tenant).status()).isEqualTo(404);
        assertThat(own.get("/v1/tenants").status()).isEqualTo(403);
        Answer token = own.send("POST", "/v1/token:exchange", "");
        assertThat(token.json().get("accessToken").asText()).startsWith("ey");
        assertThat(token.json().get("tenant").asText()).isEqualTo("tenants/" + id);

        String keyName = newKey.json().get("apiKey").get("name").asText();
        assertThat(own.delete("/v1/" + keyName).status()).isEqualTo(200);
        assertThat(own.get("/v1/tenants/" + id).status()).isEqualTo(401);
    }

    @Test
    void bindsPathQueryAndBody() {
        Answer created = rest.send(
                "POST",
                "/v1/tenants/" + tenant + "/models?model_id=digits&requestId=r",
                "{'displayName':'Digits','visibility':'VISIBILITY_SHARED','sharedWith':['tenants/x']}");
        assertThat(created.status()).as(created.text()).isEqualTo(200);
        assertThat(seen.get())
                .isEqualTo(CreateModelRequest.newBuilder()
                        .setParent("tenants/" + tenant)
                        .setModelId("digits")
                        .setRequestId("r")
                        .setModel(Model.newBuilder()
                                .setDisplayName("Digits")
                                .setVisibility(Visibility.VISIBILITY_SHARED)
                                .addSharedWith("tenants/x"))
                        .build());

        Answer listed = rest.get("/v1/tenants/" + tenant + "/models?page_size=2&pageToken=abc");
        assertThat(listed.json().get("nextPageToken").asText()).isEqualTo("next");
        assertThat(seen.get())
                .isEqualTo(ListModelsRequest.newBuilder()
                        .setParent("tenants/" + tenant)
                        .setPageSize(2)
                        .setPageToken("abc")
                        .build());

        rest.send("PATCH", "/v1/tenants/t/models/m?update_mask=display_name,servingSpec", "{'name':'x','etag':'e'}");
        UpdateModelRequest update = (UpdateModelRequest) seen.get();
        assertThat(update.getModel().getName()).isEqualTo("tenants/t/models/m");
        assertThat(update.getModel().getEtag()).isEqualTo("e");
        assertThat(update.getUpdateMask().getPathsList()).containsExactly("display_name", "serving_spec");

        rest.send(
                "POST",
                "/v1/tenants/t/models/m/versions?aliases=production&aliases=canary",
                "{'files':[{'path':'model.onnx','kind':'FILE_KIND_ONNX_MODEL','sha256':'ab'}],'metrics':{'a':0.5}}");
        CreateModelVersionRequest version = (CreateModelVersionRequest) seen.get();
        assertThat(version.getParent()).isEqualTo("tenants/t/models/m");
        assertThat(version.getAliasesList()).containsExactly("production", "canary");
        assertThat(version.getModelVersion().getMetricsOrThrow("a")).isEqualTo(0.5);

        rest.send("PUT", "/v1/tenants/t/models/m/aliases/canary", "{'version':'tenants/t/models/m/versions/2'}");
        assertThat(((UpdateAliasRequest) seen.get()).getAlias().getName())
                .isEqualTo("tenants/t/models/m/aliases/canary");
        assertThat(rest.delete("/v1/tenants/t/models/m/aliases/canary").text()).isEqualTo("{\n}");
        assertThat(((DeleteAliasRequest) seen.get()).getName()).isEqualTo("tenants/t/models/m/aliases/canary");
    }

    @Test
    void asksHowFarARolloutIs() {
        Answer answer = rest.get("/v1/tenants/t/models/m/rollout?revision=7&wait=1.5s");
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        assertThat(answer.json().get("state").asText()).isEqualTo("STATE_COMPLETE");
        assertThat(seen.get())
                .isEqualTo(GetRolloutRequest.newBuilder()
                        .setName("tenants/t/models/m/rollout")
                        .setRevision(7)
                        .setWait(Durations.fromMillis(1_500))
                        .build());

        assertThat(failure(rest.get("/v1/tenants/t/models/m/rollout?wait=soon"), 400))
                .contains("wait", "soon");
        assertThat(failure(rest.get("/v1/tenants/t/models/m/rollout?revision=x"), 400))
                .contains("revision", "x");
    }

    @Test
    void submitsAndCancelsJobs() {
        Answer created = rest.send(
                "POST",
                "/v1/tenants/" + tenant + "/trainingJobs?training_job_id=j&validate_only=true",
                "{'spec':{'epochs':3,'network':{'layers':[{'type':'dense','units':10}]},'maxDuration':'60s'}}");
        assertThat(created.status()).as(created.text()).isEqualTo(200);
        CreateTrainingJobRequest create = (CreateTrainingJobRequest) seen.get();
        assertThat(create.getValidateOnly()).isTrue();
        assertThat(create.getTrainingJob().getSpec().getEpochs()).isEqualTo(3);
        assertThat(create.getTrainingJob().getSpec().getMaxDuration().getSeconds())
                .isEqualTo(60);

        assertThat(rest.send("POST", "/v1/tenants/t/trainingJobs/j:cancel", "{}")
                        .status())
                .isEqualTo(200);
        assertThat(((CancelTrainingJobRequest) seen.get()).getName()).isEqualTo("tenants/t/trainingJobs/j");
    }

    @Test
    void listsMetricPoints() {
        Answer answer = rest.get("/v1/tenants/t/trainingJobs/j/metricPoints?after_step=5&page_size=2");
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        assertThat(answer.json().at("/metricPoints/0/metrics/loss").asDouble()).isEqualTo(0.5);
        assertThat(seen.get())
                .isEqualTo(ListMetricPointsRequest.newBuilder()
                        .setParent("tenants/t/trainingJobs/j")
                        .setAfterStep(5)
                        .setPageSize(2)
                        .build());
    }

    @Test
    void streamsEventsAsLines() {
        Answer answer = rest.get("/v1/tenants/t/trainingJobs/j:watch?after_sequence=5");

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("content-type")).startsWith("application/x-ndjson");
        assertThat(answer.text().lines())
                .hasSize(2)
                .allSatisfy(line -> assertThat(RestClient.json(line)
                                .get("progress")
                                .get("epochs")
                                .asInt())
                        .isEqualTo(9));
        assertThat(RestClient.json(answer.text().lines().toList().getFirst())
                        .get("sequence")
                        .asText())
                .isEqualTo("6");
    }

    @Test
    void streamsEventsAsServerSentEvents() {
        Answer answer =
                rest.send(rest.request("/v1/tenants/t/trainingJobs/j:watch").header("accept", "text/event-stream"));

        assertThat(answer.header("content-type")).startsWith("text/event-stream");
        assertThat(answer.text()).startsWith("data: {").endsWith("}\n\n");
    }

    @Test
    void passesEventsOnAtOnceAndEndsWithTheClient() throws IOException {
        CompletableFuture<Void> cancelled = new CompletableFuture<>();
        fleet.training().serve(new TrainingJobServiceGrpc.TrainingJobServiceImplBase() {
            @Override
            public void watchTrainingJob(WatchTrainingJobRequest request, StreamObserver<JobEvent> response) {
                ((ServerCallStreamObserver<JobEvent>) response).setOnCancelHandler(() -> cancelled.complete(null));
                response.onNext(JobEvent.newBuilder().setSequence(1).build());
            }
        });

        HttpResponse<InputStream> answer = rest.send(
                rest.request("/v1/tenants/t/trainingJobs/j:watch"), HttpResponse.BodyHandlers.ofInputStream());
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8))) {
            assertThat(lines.readLine()).isEqualTo("{\"sequence\":\"1\"}");
            assertThat(cancelled).isNotDone();
        }

        assertThat(cancelled).succeedsWithin(Duration.ofSeconds(20));
    }

    @Test
    void tellsFailuresInGooglesForm() {
        Answer answer = rest.get("/v1/tenants/t/models/absent");

        assertThat(answer.status()).isEqualTo(404);
        assertThat(answer.json()).isEqualTo(RestClient.json("""
                        {"error":{"code":404,"status":"NOT_FOUND","message":"not found: \\"tenants/t/models/absent\\"","details":[
                         {"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"RESOURCE_NOT_FOUND","domain":"modelmill.io"}]}}"""));
    }

    @Test
    void saysWhatIsWrongWithARequest() {
        String models = "/v1/tenants/t/models";
        assertThat(failure(rest.send("POST", models + "?model_id=m", "{'displayName':'x'"), 400))
                .contains("body: ", "line 1");
        assertThat(failure(rest.send("POST", models + "?model_id=m", "{'nonsense':'x'}"), 400))
                .contains("nonsense");
        assertThat(failure(rest.send("POST", models + "?model_id=m", "{'revision':'x'}"), 400))
                .contains("int64");
        assertThat(failure(rest.get(models + "?page_size=many"), 400)).contains("page_size: ", "many");
        assertThat(failure(rest.get(models + "?size=1"), 400)).contains("size", "page_size");
        assertThat(failure(rest.get("/v1/tenants/t/nonsense"), 404)).contains("/v1/tenants/t/nonsense");
        assertThat(failure(rest.send("PUT", models, "{}"), 405)).contains("expected: POST or GET");
        assertThat(failure(rest.get("/v3/x"), 404)).isNotEmpty();
        assertThat(failure(
                        rest.send("POST", models + "?model_id=m", "{'displayName':'" + "x".repeat(5 << 20) + "'}"),
                        413))
                .contains("4194304");
    }

    @Test
    void needsAKey() {
        Answer none = RestClient.withKey("").get("/v1/tenants/t/models/m");
        assertThat(none.status()).isEqualTo(401);
        assertThat(none.header("www-authenticate")).isEqualTo("Bearer");
        assertThat(RestClient.withKey("mm_k.wrong")
                        .get("/v1/tenants/t/models/m")
                        .status())
                .isEqualTo(401);
        assertThat(fleet.registry().received()).isEmpty();

        RestClient anonymous = RestClient.withKey("");
        assertThat(anonymous
                        .send(anonymous.request("/v1/tenants/t/models/m").header("x-api-key", key))
                        .status())
                .isEqualTo(200);
    }

    @Test
    void keepsTheTraceOfTheClient() {
        rest.send(rest.request("/v1/tenants/t/models/m")
                .header("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"));

        Metadata received = fleet.registry().received().getFirst();
        assertThat(received.get(Metadata.Key.of("traceparent", Metadata.ASCII_STRING_MARSHALLER)))
                .startsWith("00-0af7651916cd43dd8448eb211c80319c-")
                .doesNotContain("b7ad6b7169203331");
    }

    @Test
    void saysThatAServiceIsAway() {
        fleet.registry().stop();
        try {
            Answer answer = rest.get("/v1/tenants/t/models/m");
            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.header("retry-after")).isEqualTo("1");
            assertThat(answer.text()).contains("DEPENDENCY_UNAVAILABLE").doesNotContain("127.0.0.1");
        } finally {
            fleet.registry().start();
        }
        Eventually.holds("found again", () -> rest.get("/v1/tenants/t/models/m").status() == 200);
    }

    private static String failure(Answer answer, int status) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(status);
        return answer.json().get("error").get("message").asText();
    }

    private static final class Models extends ModelServiceGrpc.ModelServiceImplBase {
        private final AtomicReference<Object> seen;

        Models(AtomicReference<Object> seen) {
            this.seen = seen;
        }

        @Override
        public void createModel(CreateModelRequest request, StreamObserver<Model> response) {
            answer(request, request.getModel(), response);
        }

        @Override
        public void getModel(GetModelRequest request, StreamObserver<Model> response) {
            if (request.getName().endsWith("/absent")) {
                response.onError(StatusMapper.toStatus(new ServiceException(
                        CommonReason.RESOURCE_NOT_FOUND, "not found: \"" + request.getName() + "\"")));
                return;
            }
            answer(request, Model.newBuilder().setName(request.getName()).build(), response);
        }

        @Override
        public void listModels(ListModelsRequest request, StreamObserver<ListModelsResponse> response) {
            answer(
                    request,
                    ListModelsResponse.newBuilder().setNextPageToken("next").build(),
                    response);
        }

        @Override
        public void updateModel(UpdateModelRequest request, StreamObserver<Model> response) {
            answer(request, request.getModel(), response);
        }

        @Override
        public void createModelVersion(CreateModelVersionRequest request, StreamObserver<ModelVersion> response) {
            answer(request, request.getModelVersion(), response);
        }

        @Override
        public void updateAlias(UpdateAliasRequest request, StreamObserver<Alias> response) {
            answer(request, request.getAlias(), response);
        }

        @Override
        public void getRollout(GetRolloutRequest request, StreamObserver<Rollout> response) {
            answer(
                    request,
                    Rollout.newBuilder().setState(Rollout.State.STATE_COMPLETE).build(),
                    response);
        }

        @Override
        public void deleteAlias(DeleteAliasRequest request, StreamObserver<Empty> response) {
            answer(request, Empty.getDefaultInstance(), response);
        }

        private <A> void answer(Object request, A answer, StreamObserver<A> response) {
            seen.set(request);
            response.onNext(answer);
            response.onCompleted();
        }
    }

    private static final class Jobs extends TrainingJobServiceGrpc.TrainingJobServiceImplBase {
        private final AtomicReference<Object> seen;

        Jobs(AtomicReference<Object> seen) {
            this.seen = seen;
        }

        @Override
        public void createTrainingJob(CreateTrainingJobRequest request, StreamObserver<TrainingJob> response) {
            seen.set(request);
            response.onNext(request.getTrainingJob());
            response.onCompleted();
        }

        @Override
        public void cancelTrainingJob(CancelTrainingJobRequest request, StreamObserver<TrainingJob> response) {
            seen.set(request);
            response.onNext(TrainingJob.newBuilder().setName(request.getName()).build());
            response.onCompleted();
        }

        @Override
        public void listMetricPoints(
                ListMetricPointsRequest request, StreamObserver<ListMetricPointsResponse> response) {
            seen.set(request);
            ListMetricPointsResponse.Builder page = ListMetricPointsResponse.newBuilder();
            page.addMetricPointsBuilder().setStep(6).putMetrics("loss", 0.5);
            response.onNext(page.build());
            response.onCompleted();
        }

        @Override
        public void watchTrainingJob(WatchTrainingJobRequest request, StreamObserver<JobEvent> response) {
            for (int i = 1; i <= 2; i++) {
                response.onNext(JobEvent.newBuilder()
                        .setSequence(request.getAfterSequence() + i)
                        .setProgress(Progress.newBuilder().setEpoch(i).setEpochs(9))
                        .build());
            }
            response.onCompleted();
        }
    }
}
