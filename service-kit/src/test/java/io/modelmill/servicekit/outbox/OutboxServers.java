package io.modelmill.servicekit.outbox;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.modelmill.localservers.LocalPorts;
import io.modelmill.localservers.kafka.KafkaBroker;
import io.modelmill.localservers.postgres.PostgresServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/** A database with an outbox, and a broker with a topic that takes small events alone. */
final class OutboxServers implements AutoCloseable {
    static final String TOPIC = "events";
    static final int PARTITIONS = 3;
    static final int LARGEST_MESSAGE = 10_000;
    private static final Duration BOUND = Duration.ofSeconds(90);

    private final PostgresServer postgres = PostgresServer.startTemporary();
    private final Path directory;
    private final KafkaBroker broker;
    private final Jdbi jdbi;
    private final KafkaConsumer<String, byte[]> consumer;
    private final List<ConsumerRecord<String, byte[]>> read = new ArrayList<>();

    OutboxServers() throws Exception {
        jdbi = Jdbi.create(jdbcUrl(), PostgresServer.USER, "");
        for (String script : List.of("V0001__outbox.sql", "R__outbox_failed_key.sql")) {
            try (InputStream sql = OutboxServers.class.getResourceAsStream("/db/servicekit/" + script)) {
                String text = new String(sql.readAllBytes(), UTF_8);
                jdbi.useHandle(handle -> handle.createScript(text).execute());
            }
        }
        directory = Files.createTempDirectory("kafka");
        broker = KafkaBroker.start(directory, LocalPorts.free(), LocalPorts.free());
        try (Admin admin = Admin.create(kafka())) {
            admin.createTopics(List.of(new NewTopic(TOPIC, PARTITIONS, (short) 1)
                            .configs(Map.of("max.message.bytes", Integer.toString(LARGEST_MESSAGE)))))
                    .all()
                    .get();
        }
        consumer = new KafkaConsumer<>(kafka(), new StringDeserializer(), new ByteArrayDeserializer());
        List<TopicPartition> partitions = new ArrayList<>();
        for (int partition = 0; partition < PARTITIONS; partition++) {
            partitions.add(new TopicPartition(TOPIC, partition));
        }
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
    }

    Jdbi jdbi() {
        return jdbi;
    }

    String jdbcUrl() {
        return postgres.jdbcUrl("postgres");
    }

    Properties kafka() {
        Properties settings = new Properties();
        settings.put("bootstrap.servers", broker.bootstrapServers());
        return settings;
    }

    static void append(Handle transaction, String key, String text) {
        append(transaction, key, text.getBytes(UTF_8));
    }

    static void append(Handle transaction, String key, byte[] payload) {
        Outbox.append(transaction, new OutboxEvent(TOPIC, key, "test", payload));
    }

    long waiting() {
        return jdbi.withHandle(handle -> handle.createQuery("SELECT count(*) FROM outbox_event")
                .mapTo(Long.class)
                .one());
    }

    /** Reason by key. */
    Map<String, String> failedKeys() {
        return jdbi.withHandle(handle -> handle.createQuery("SELECT key, reason FROM outbox_failed_key")
                .reduceRows(new java.util.HashMap<>(), (all, row) -> {
                    all.put(row.getColumn("key", String.class), row.getColumn("reason", String.class));
                    return all;
                }));
    }

    /** Payloads of a key so far, in order, as their text or their size if that is long. */
    List<String> payloads(String key) {
        consumer.poll(Duration.ofMillis(100)).forEach(read::add);
        return read.stream()
                .filter(record -> record.key().equals(key))
                .map(record -> record.value().length > 100
                        ? record.value().length + " bytes"
                        : new String(record.value(), UTF_8))
                .toList();
    }

    static void await(String what, BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + BOUND.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("not in " + BOUND + ": " + what);
            }
            Thread.sleep(20);
        }
    }

    @Override
    public void close() {
        consumer.close();
        broker.close();
        postgres.close();
        try (Stream<Path> paths = Files.walk(directory)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
