package io.modelmill.training.job;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import io.modelmill.proto.events.v1.TrainingEvent;
import io.modelmill.proto.training.v1.JobEvent;
import io.modelmill.servicekit.fixture.TestCallers;
import io.modelmill.training.fixture.Await;
import io.modelmill.training.fixture.CleanSlate;
import io.modelmill.training.fixture.Jobs;
import io.modelmill.training.fixture.TrainingServiceTest;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.eclipse.microprofile.config.Config;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the service tells again at its start when its database was set back. */
@TrainingServiceTest
class RestoredJobsIT {
    @Inject
    CleanSlate slate;

    @Inject
    Jdbi jdbi;

    @Inject
    JobSignals signals;

    @Inject
    Config config;

    private TestCallers callers;

    @BeforeEach
    void connect() {
        var _ = slate.moving();
        callers = TestCallers.connect();
    }

    @AfterEach
    void disconnect() {
        callers.close();
    }

    @Test
    void tellsTheEndOfEachAttemptAgainAndNothingElse() {
        Jobs jobs = new Jobs(callers.tenant("acme"), "acme");
        String name = jobs.submit("train-restored").getName();
        List<JobEvent> events = jobs.watch(name, 0);
        List<JobEvent> ends = events.stream()
                .filter(event -> event.getTransition().hasAttemptTrainingTime())
                .toList();
        assertThat(ends).hasSize(1);
        jdbi.useHandle(handle -> handle.execute("INSERT INTO restore_notice DEFAULT VALUES"));

        RestoredJobs replica = new RestoredJobs(jdbi, signals);
        replica.start(new StartupEvent());

        List<JobEvent> told = new ArrayList<>(events);
        told.addAll(ends);
        try (KafkaConsumer<String, byte[]> consumer = consumer()) {
            List<JobEvent> seen = new ArrayList<>();
            Await.until("all is told again", () -> {
                consumer.poll(Duration.ofMillis(100)).forEach(record -> {
                    if (name.equals(record.key())) {
                        seen.add(event(record.value()));
                    }
                });
                return seen.size() >= told.size();
            });
            assertThat(seen).containsExactlyElementsOf(told);
        }
        Await.until(
                "nothing is left to be done",
                () -> jdbi.withHandle(handle -> handle.createQuery("SELECT NOT EXISTS (SELECT FROM restore_notice)")
                        .mapTo(Boolean.class)
                        .one()));
        replica.stop(new ShutdownEvent());
    }

    private KafkaConsumer<String, byte[]> consumer() {
        KafkaConsumer<String, byte[]> consumer = new KafkaConsumer<>(
                Map.of(
                        ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        config.getValue("kafka.bootstrap.servers", String.class)),
                new StringDeserializer(),
                new ByteArrayDeserializer());
        List<TopicPartition> partitions = consumer.partitionsFor(TrainingEvents.TOPIC).stream()
                .map(partition -> new TopicPartition(partition.topic(), partition.partition()))
                .toList();
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
        return consumer;
    }

    private static JobEvent event(byte[] value) {
        try {
            return TrainingEvent.parseFrom(value).getEvent();
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }
}
