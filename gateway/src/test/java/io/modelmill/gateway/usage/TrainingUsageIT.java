package io.modelmill.gateway.usage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Channel;
import io.grpc.Status;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.modelmill.gateway.fixture.Eventually;
import io.modelmill.gateway.fixture.GatewayCallers;
import io.modelmill.gateway.fixture.GatewayIntegrationTest;
import io.modelmill.gateway.fixture.GrpcFailure;
import io.modelmill.gateway.fixture.RestClient;
import io.modelmill.proto.gateway.v1.ListTrainingUsagesRequest;
import io.modelmill.proto.gateway.v1.ListTrainingUsagesResponse;
import io.modelmill.proto.gateway.v1.TrainingUsage;
import io.modelmill.proto.gateway.v1.UsageServiceGrpc;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.inject.Inject;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.eclipse.microprofile.config.Config;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Training time by tenant and month, from a real broker into a real database. */
@GatewayIntegrationTest
class TrainingUsageIT {
    private static final Instant JANUARY = Instant.parse("2026-01-31T23:59:59.999Z");
    private static final Instant FEBRUARY = Instant.parse("2026-02-01T00:00:00Z");

    @Inject
    Config config;

    @Inject
    Jdbi jdbi;

    @Inject
    PostgresTrainingUsages usages;

    private GatewayCallers callers;
    private JobEventsTopic events;
    private String tenant;
    private String job;

    @BeforeEach
    void connect() throws Exception {
        callers = GatewayCallers.connect();
        events = new JobEventsTopic(config.getValue("kafka.bootstrap.servers", String.class));
        tenant = callers.newTenant();
        job = "tenants/" + tenant + "/trainingJobs/";
    }

    @AfterEach
    void disconnect() {
        events.close();
        callers.close();
    }

    @Test
    void sumsByMonthAndCountsOnceWhatIsToldTwice() throws Exception {
        events.closed(job + "a", 5, JANUARY, 1_500);
        events.closed(job + "a", 5, JANUARY, 1_500);
        events.closed(job + "a", 9, FEBRUARY, 250);
        events.closed(job + "b", 5, FEBRUARY, 0);
        events.closed("tenants/" + callers.newTenant() + "/trainingJobs/a", 5, JANUARY, 9_999);
        awaitMillis(1_750);
        Eventually.holds(
                "the attempt that never trained is counted, too",
                () -> list(callers.admin()).stream()
                                .mapToLong(TrainingUsage::getAttempts)
                                .sum()
                        == 3);
        assertThat(list(callers.admin()))
                .extracting(
                        TrainingUsage::getName,
                        TrainingUsage::getMonth,
                        TrainingUsageIT::millis,
                        TrainingUsage::getAttempts)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple(
                                "tenants/" + tenant + "/trainingUsages/2026-02", "2026-02", 250L, 2L),
                        org.assertj.core.groups.Tuple.tuple(
                                "tenants/" + tenant + "/trainingUsages/2026-01", "2026-01", 1_500L, 1L));
    }

    /** As after a restore of an older database, or of a topic that was made anew; and while replicas share the work. */
    @Test
    void countsNothingTwiceThoughAllIsReadAgainByAnotherReplica() throws Exception {
        for (int attempt = 1; attempt <= 200; attempt++) {
            events.closed(job + "j-" + attempt % 7, attempt, FEBRUARY, attempt);
        }
        long sum = 200 * 201 / 2;
        awaitMillis(sum);
        jdbi.useHandle(handle -> handle.execute("UPDATE training_event_offset SET next_offset = 0"));
        TrainingUsageConsumer replica =
                new TrainingUsageConsumer(usages, config, () -> (short) 1, new SimpleMeterRegistry());
        replica.start(new StartupEvent());
        try {
            Map<Integer, Long> ends = events.ends();
            Eventually.holds(
                    "all is read again",
                    () -> ends.entrySet().stream()
                            .allMatch(end -> end.getValue() == 0
                                    || usages.nextOffset(TrainingUsageConsumer.TOPIC, end.getKey())
                                                    .orElse(-1)
                                            >= end.getValue()));
            assertThat(list(callers.admin()).getFirst().getAttempts()).isEqualTo(200);
            assertThat(millis(list(callers.admin()).getFirst())).isEqualTo(sum);
        } finally {
            replica.stop(new ShutdownEvent());
        }
        events.closed(job + "after", 1, FEBRUARY, 1_000);
        awaitMillis(sum + 1_000);
    }

    @Test
    void keepsPoisonEventsAndGoesOn() throws Exception {
        String key = job + "poisoned";
        byte[] garbage = "no protocol buffers".getBytes(UTF_8);
        events.closed(key, 1, FEBRUARY, 100);
        events.send(key, garbage);
        events.send(key, null);
        events.closed(key, 0, FEBRUARY, 100);
        events.closed(key, 2, FEBRUARY, 10);
        awaitMillis(110);
        List<ConsumerRecord<String, byte[]>> letters = events.deadLetters(key);
        assertThat(letters).hasSize(3);
        ConsumerRecord<String, byte[]> first = letters.getFirst();
        assertThat(first.value()).isEqualTo(garbage);
        assertThat(JobEventsTopic.header(first, "reason")).contains("(expected: a TrainingEvent)");
        assertThat(JobEventsTopic.header(first, "topic")).isEqualTo(TrainingUsageConsumer.TOPIC);
        String partition = JobEventsTopic.header(first, "partition");
        String offset = JobEventsTopic.header(first, "offset");
        assertThat(first.key()).isEqualTo(TrainingUsageConsumer.TOPIC + "/" + partition + "/" + offset);
        assertThat(JobEventsTopic.header(letters.get(1), "reason")).startsWith("value: none");
        assertThat(letters.get(1).value()).isEmpty();
        assertThat(JobEventsTopic.header(letters.get(2), "reason")).startsWith("event.sequence: 0");
    }

    @Test
    void showsATenantItsOwnAndAnAdministratorAny() throws Exception {
        events.closed(job + "a", 5, JANUARY, 61_001);
        awaitMillis(61_001);
        String own = callers.newKey(tenant).getSecret();
        String foreign = callers.newKey(callers.newTenant()).getSecret();
        assertThat(list(callers.withKey(own))).hasSize(1);
        assertThat(GrpcFailure.of(() -> list(callers.withKey(foreign))).code()).isEqualTo(Status.Code.NOT_FOUND);
        assertThat(GrpcFailure.of(() -> list(callers.anonymous())).code()).isEqualTo(Status.Code.UNAUTHENTICATED);
        RestClient.Answer answer = RestClient.withKey(own).get("/v1/tenants/" + tenant + "/trainingUsages?page_size=5");
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        assertThat(answer.json().at("/trainingUsages/0/month").asText()).isEqualTo("2026-01");
        assertThat(answer.json().at("/trainingUsages/0/trainingTime").asText()).isEqualTo("61.001s");
    }

    @Test
    void pagesAndRefusesWrongFields() throws Exception {
        events.closed(job + "a", 1, JANUARY, 1);
        events.closed(job + "a", 2, FEBRUARY, 1);
        awaitMillis(2);
        ListTrainingUsagesRequest.Builder request = ListTrainingUsagesRequest.newBuilder()
                .setParent("tenants/" + tenant)
                .setPageSize(1);
        ListTrainingUsagesResponse first = service(callers.admin()).listTrainingUsages(request.build());
        assertThat(first.getTrainingUsagesList())
                .extracting(TrainingUsage::getMonth)
                .containsExactly("2026-02");
        ListTrainingUsagesResponse second = service(callers.admin())
                .listTrainingUsages(
                        request.setPageToken(first.getNextPageToken()).build());
        assertThat(second.getTrainingUsagesList())
                .extracting(TrainingUsage::getMonth)
                .containsExactly("2026-01");
        assertThat(second.getNextPageToken()).isEmpty();
        assertThat(refusal(request.clone().setPageToken("bm8")))
                .contains("page_token: \"no\" (expected: next_page_token of an earlier answer)");
        assertThat(refusal(request.clone().setPageSize(-1))).contains("page_size: -1 (expected: >= 0)");
        assertThat(refusal(request.clone().setParent("acme")))
                .contains("parent: \"acme\" (expected: tenants/{tenant})");
    }

    private String refusal(ListTrainingUsagesRequest.Builder request) {
        GrpcFailure failure = GrpcFailure.of(() -> service(callers.admin()).listTrainingUsages(request.build()));
        assertThat(failure.code()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        return failure.message();
    }

    private void awaitMillis(long expected) {
        Eventually.holds(
                tenant + " trained " + expected + " ms",
                () -> list(callers.admin()).stream()
                                .mapToLong(TrainingUsageIT::millis)
                                .sum()
                        == expected);
    }

    private List<TrainingUsage> list(Channel channel) {
        return service(channel)
                .listTrainingUsages(ListTrainingUsagesRequest.newBuilder()
                        .setParent("tenants/" + tenant)
                        .build())
                .getTrainingUsagesList();
    }

    private static UsageServiceGrpc.UsageServiceBlockingStub service(Channel channel) {
        return UsageServiceGrpc.newBlockingStub(channel);
    }

    private static long millis(TrainingUsage usage) {
        return com.google.protobuf.util.Durations.toMillis(usage.getTrainingTime());
    }
}
