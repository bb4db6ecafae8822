package io.modelmill.training.events;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.Metadata;
import io.grpc.stub.MetadataUtils;
import io.modelmill.proto.events.v1.TrainingEvent;
import io.modelmill.proto.training.v1.JobEvent;
import io.modelmill.servicekit.fixture.TestCallers;
import io.modelmill.training.fixture.CleanSlate;
import io.modelmill.training.fixture.FakeRegistryServer;
import io.modelmill.training.fixture.Jobs;
import io.modelmill.training.fixture.TrainingServiceTest;
import io.modelmill.training.job.TrainingEvents;
import io.modelmill.training.run.local.LocalRunnerConfig;
import jakarta.inject.Inject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.eclipse.microprofile.config.ConfigProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the fleet is told of a job, and the one trace that all of it belongs to. */
@TrainingServiceTest
class TrainingEventsIT {
    private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

    @Inject
    CleanSlate slate;

    @Inject
    LocalRunnerConfig runner;

    private FakeRegistryServer registry;
    private TestCallers callers;
    private Jobs jobs;

    @BeforeEach
    void connect() {
        registry = slate.moving();
        callers = TestCallers.connect();
        Metadata headers = new Metadata();
        headers.put(
                Metadata.Key.of("traceparent", Metadata.ASCII_STRING_MARSHALLER),
                "00-" + TRACE + "-00f067aa0ba902b7-01");
        Channel traced = ClientInterceptors.intercept(
                callers.tenant("acme"), MetadataUtils.newAttachHeadersInterceptor(headers));
        jobs = new Jobs(traced, "acme");
    }

    @AfterEach
    void disconnect() {
        callers.close();
    }

    @Test
    void tellsEveryEventOnceInOrderAndInTheTraceOfTheSubmission() throws IOException {
        // An id of its own: the topic keeps what other tests did.
        String name = jobs.submit("train-events").getName();
        List<JobEvent> events = jobs.watch(name, 0);

        List<ConsumerRecord<String, byte[]>> records = records(name, events.size());

        assertThat(records).extracting(TrainingEventsIT::event).containsExactlyElementsOf(events);
        assertThat(records).allSatisfy(record -> {
            assertThat(header(record, "traceparent")).contains(TRACE);
            assertThat(header(record, "ce_type")).isEqualTo(TrainingEvents.TOPIC);
            assertThat(header(record, "ce_source")).isEqualTo("//modelmill/training-service");
            assertThat(header(record, "ce_subject")).isEqualTo(name);
        });
        Path folder = runner.workDirectory().resolve("jobs/acme/train-events/attempt-1");
        String log = Files.readString(folder.resolve("worker.log"));
        assertThat(log).contains("trace 00-" + TRACE);
        assertThat(registry.header("traceparent"))
                .anySatisfy(trace -> assertThat(trace).contains(TRACE));
    }

    @Test
    void keepsTheServicesOwnEnvironmentFromWorkers() throws IOException {
        String name = jobs.submit("train-environment").getName();
        jobs.watch(name, 0);
        String log =
                Files.readString(runner.workDirectory().resolve("jobs/acme/train-environment/attempt-1/worker.log"));
        String variables = log.lines()
                .filter(line -> line.startsWith("variables "))
                .findFirst()
                .orElseThrow();
        List<String> allowed = new ArrayList<>(runner.environment());
        allowed.addAll(List.of(
                "MODELMILL_JOB",
                "MODELMILL_FENCING_TOKEN",
                "MODELMILL_ACCESS_TOKEN",
                "MODELMILL_TRAINING_ADDRESS",
                "MODELMILL_REGISTRY_ADDRESS",
                "MODELMILL_WORK_DIRECTORY",
                "OPENBLAS_NUM_THREADS",
                "OMP_WAIT_POLICY",
                "TRACEPARENT"));
        String names = variables.substring("variables [".length(), variables.length() - 1);
        assertThat(allowed).containsAll(List.of(names.split(", ")));
        assertThat(log).doesNotContain("eyJ");
    }

    private static List<ConsumerRecord<String, byte[]>> records(String key, int count) {
        Properties settings = new Properties();
        settings.put("bootstrap.servers", ConfigProvider.getConfig().getValue("kafka.bootstrap.servers", String.class));
        settings.put("auto.offset.reset", "earliest");
        List<ConsumerRecord<String, byte[]>> found = new ArrayList<>();
        try (KafkaConsumer<String, byte[]> consumer =
                new KafkaConsumer<>(settings, new StringDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = consumer.partitionsFor(TrainingEvents.TOPIC).stream()
                    .map(partition -> new TopicPartition(partition.topic(), partition.partition()))
                    .toList();
            assertThat(partitions).hasSize(6);
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
            while (found.size() < count && System.nanoTime() < end) {
                consumer.poll(Duration.ofMillis(200)).forEach(record -> {
                    if (record.key().equals(key)) {
                        found.add(record);
                    }
                });
            }
        }
        return found;
    }

    private static JobEvent event(ConsumerRecord<String, byte[]> record) {
        try {
            TrainingEvent event = TrainingEvent.parseFrom(record.value());
            assertThat(event.getJob()).isEqualTo(record.key());
            return event.getEvent();
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError("no TrainingEvent", e);
        }
    }

    private static String header(ConsumerRecord<String, byte[]> record, String key) {
        return new String(record.headers().lastHeader(key).value(), UTF_8);
    }
}
