package io.modelmill.registry.publishing;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.modelmill.registry.fixture.Eventually;
import io.modelmill.registry.fixture.RegistryIntegrationTest;
import io.modelmill.registry.fixture.TopicReader;
import io.modelmill.servicekit.kafka.KafkaSettings;
import io.modelmill.servicekit.outbox.Outbox;
import io.modelmill.servicekit.outbox.OutboxEvent;
import io.modelmill.servicekit.outbox.OutboxProducer;
import io.modelmill.servicekit.outbox.OutboxRelay;
import jakarta.inject.Inject;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.eclipse.microprofile.config.Config;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.Test;

/** The relay on the service's own topic, beside the one that the running service has. */
@RegistryIntegrationTest
class OutboxRelayIT {
    private static final String TOPIC = "modelmill.model-versions.v1";

    @Inject
    Jdbi jdbi;

    @Inject
    Config config;

    /** No other test's keys begin so. */
    private final String prefix = "relay/" + UUID.randomUUID() + "/";

    @Test
    void sendsWhatCommittedAndNothingElse() {
        jdbi.useTransaction(transaction -> append(transaction, "a", "first"));
        jdbi.useHandle(handle -> {
            handle.begin();
            append(handle, "a", "never");
            handle.rollback();
        });
        jdbi.useTransaction(transaction -> append(transaction, "a", "last"));

        try (TopicReader reader = reader()) {
            assertThat(texts(reader.read(
                            prefix,
                            seen -> !seen.isEmpty() && text(seen.getLast()).equals("last"))))
                    .containsExactly("first", "last");
        }
    }

    @Test
    void severalRelaysKeepTheOrderOfEachKeyAndSendNothingTwice() throws Exception {
        int keys = 4;
        int each = 150;
        Properties client = KafkaSettings.of(config);
        try (OutboxRelay first = new OutboxRelay(jdbi, () -> OutboxProducer.open(client, 1 << 20), "//first");
                OutboxRelay second = new OutboxRelay(jdbi, () -> OutboxProducer.open(client, 1 << 20), "//second");
                ExecutorService writers = Executors.newVirtualThreadPerTaskExecutor();
                TopicReader reader = reader()) {
            first.start();
            second.start();
            List<Future<?>> written = new ArrayList<>();
            for (int key = 0; key < keys; key++) {
                String name = "key-" + key;
                written.add(writers.submit(() -> {
                    for (int number = 0; number < each; number++) {
                        String text = Integer.toString(number);
                        jdbi.useTransaction(transaction -> append(transaction, name, text));
                        first.wake();
                        second.wake();
                    }
                }));
            }
            for (Future<?> writer : written) {
                writer.get();
            }

            List<ConsumerRecord<String, byte[]>> all = reader.read(prefix, seen -> seen.size() >= keys * each);

            List<String> expected =
                    IntStream.range(0, each).mapToObj(Integer::toString).toList();
            for (int key = 0; key < keys; key++) {
                String name = prefix + "key-" + key;
                assertThat(texts(all.stream()
                                .filter(entry -> entry.key().equals(name))
                                .toList()))
                        .isEqualTo(expected);
            }
        }
        Eventually.see(this::waiting, count -> count == 0);
    }

    private long waiting() {
        return jdbi.withHandle(handle -> handle.createQuery("SELECT count(*) FROM outbox_event WHERE key LIKE :prefix")
                .bind("prefix", prefix + "%")
                .mapTo(Long.class)
                .one());
    }

    private void append(Handle transaction, String key, String text) {
        Outbox.append(transaction, new OutboxEvent(TOPIC, prefix + key, "test", text.getBytes(UTF_8)));
    }

    private TopicReader reader() {
        return new TopicReader(config.getValue("kafka.bootstrap.servers", String.class), TOPIC);
    }

    private static List<String> texts(List<ConsumerRecord<String, byte[]>> entries) {
        return entries.stream().map(OutboxRelayIT::text).toList();
    }

    private static String text(ConsumerRecord<String, byte[]> entry) {
        return new String(entry.value(), UTF_8);
    }
}
