package io.modelmill.inference.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelmill.inference.fixture.Eventually;
import io.modelmill.inference.fixture.FakeRegistry;
import io.modelmill.inference.fixture.InferenceClient;
import io.modelmill.inference.fixture.RealBroker;
import io.modelmill.inference.fixture.RecordedSpans;
import io.modelmill.inference.fixture.TestModel;
import io.modelmill.inference.server.ServingServer;
import io.modelmill.servicekit.fixture.TestCallers;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import org.eclipse.microprofile.config.ConfigProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@QuarkusTest
@RealBroker
class ObservabilityIT {
    private static final String EVENT_TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

    @Inject
    FakeRegistry registry;

    @Inject
    RecordedSpans spans;

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
    void tracesAPredictionFromCallToRun() {
        TestModel model =
                new TestModel(registry, "acme", "traced").scaling(1, 1).alias("production", 1);
        model.publish();
        Eventually.until("the model is loaded", () -> client.isReady("traced", ""));
        client.factor("traced", "");

        SpanData inference = span("inference", "tenants/acme/models/traced");
        Eventually.until(
                "the call's span has ended",
                () -> !children(inference.getParentSpanId()).isEmpty());
        assertThat(spans.matching(span -> span.getSpanId().equals(inference.getParentSpanId())))
                .singleElement()
                .satisfies(call -> {
                    assertThat(call.getKind()).isEqualTo(SpanKind.SERVER);
                    assertThat(call.getTraceId()).isEqualTo(inference.getTraceId());
                });
        assertThat(spans.matching(span -> span.getParentSpanId().equals(inference.getSpanId())))
                .extracting(SpanData::getName)
                .containsExactlyInAnyOrder("queue", "run");
        Eventually.until("the batch's span has ended", () -> !batches(inference).isEmpty());
        assertThat(batches(inference)).singleElement().satisfies(batch -> {
            assertThat(batch.getTraceId()).isNotEqualTo(inference.getTraceId());
            assertThat(batch.getLinks()).hasSize(1);
            assertThat(batch.getAttributes().get(AttributeKey.longKey("modelmill.batch.rows")))
                    .isEqualTo(1);
        });
    }

    private List<SpanData> batches(SpanData request) {
        return spans.matching(span -> span.getName().equals("batch")
                && span.getLinks().stream()
                        .anyMatch(link -> link.getSpanContext().getSpanId().equals(request.getSpanId())));
    }

    @Test
    void tracesALoadOnItsOwnWithALinkToTheEvent() {
        TestModel model =
                new TestModel(registry, "acme", "linked").scaling(1, 77).alias("production", 1);
        registry.announce(model.nextState(), TestModel.traceparent(EVENT_TRACE, null));
        Eventually.until("the model is loaded", () -> client.isReady("linked", ""));

        SpanData load = span("load version", "tenants/acme/models/linked");

        assertThat(load.getTraceId()).isNotEqualTo(EVENT_TRACE);
        assertThat(load.getParentSpanContext().isValid()).isFalse();
        assertThat(load.getLinks())
                .singleElement()
                .satisfies(
                        link -> assertThat(link.getSpanContext().getTraceId()).isEqualTo(EVENT_TRACE));
        assertThat(spans.matching(span -> span.getParentSpanId().equals(load.getSpanId())))
                .as("the download belongs to the load's trace")
                .extracting(SpanData::getName)
                .contains("modelmill.registry.v1.ArtifactService/DownloadArtifact");
    }

    @Test
    void measuresEachVersion() throws Exception {
        new TestModel(registry, "acme", "measured")
                .scaling(1, 1)
                .alias("production", 1)
                .publish();
        Eventually.until("the model is loaded", () -> client.isReady("measured", ""));
        client.factor("measured", "");
        InferenceClient.refusal(() -> client.infer(InferenceClient.scalingRequest("measured", "").toBuilder()
                .clearInputs()
                .build()));
        InferenceClient.refusal(() -> client.factor("nobody", ""));

        String labels = "{model=\"acme.measured\",version=\"1\"}";
        assertThat(get("q/metrics"))
                .contains("modelmill_inference_requests_total" + labels + " 2.0")
                .contains("modelmill_inference_failures_total"
                        + "{kind=\"invalid\",model=\"acme.measured\",version=\"1\"}" + " 1.0")
                .contains("modelmill_inference_compute_duration_seconds_count" + labels + " 1")
                .contains("modelmill_inference_gather_duration_seconds_count" + labels + " 1")
                .contains("modelmill_inference_scatter_duration_seconds_count" + labels + " 1")
                .contains("modelmill_inference_batch_size_bucket{model=\"acme.measured\",version=\"1\",le=\"1.0\"} 1")
                .contains("modelmill_inference_queue_duration_seconds_count" + labels + " 1")
                .contains("modelmill_inference_refused_total{code=\"NOT_FOUND\"}")
                .contains("modelmill_placement_versions_loaded")
                .contains("modelmill_inference_queue_waiting");
    }

    @Test
    void saysThatItIsReady() {
        Eventually.until("the replica is ready", () -> {
            try {
                return get("q/health/ready").contains("\"models known and loaded\"")
                        && get("q/health/ready").contains("\"UP\"");
            } catch (IOException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    private SpanData span(String name, String model) {
        List<SpanData> found = spans.matching(span -> span.getName().equals(name)
                && model.equals(span.getAttributes().asMap().entrySet().stream()
                        .filter(attribute -> attribute.getKey().getKey().equals("modelmill.model"))
                        .map(attribute -> attribute.getValue().toString())
                        .findFirst()
                        .orElse("")));
        assertThat(found).as("spans \"%s\" of %s", name, model).hasSize(1);
        return found.getFirst();
    }

    private List<SpanData> children(String spanId) {
        return spans.matching(span -> span.getSpanId().equals(spanId));
    }

    private static String get(String path) throws IOException, InterruptedException {
        URI uri = URI.create(ConfigProvider.getConfig().getValue("test.url", String.class) + "/" + path);
        try (HttpClient http = HttpClient.newHttpClient()) {
            return http.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString())
                    .body();
        }
    }
}
