package io.modelmill.servicekit.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.modelmill.localservers.LocalPorts;
import io.modelmill.localservers.kafka.KafkaBroker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.Random;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DeadLettersIT {
    private static final int LARGEST_EVENT = 10_000;

    @TempDir
    Path directory;

    private final int port = LocalPorts.free();

    @Test
    void keepsWhatCameWithItsPlaceAndReason() throws Exception {
        try (KafkaBroker broker = KafkaBroker.start(directory, port, LocalPorts.free());
                DeadLetters letters = letters()) {
            ConsumerRecord<byte[], byte[]> event = event(7, "key".getBytes(UTF_8), "value".getBytes(UTF_8));
            event.headers().add("traceparent", "00-trace".getBytes(UTF_8));
            letters.send(event, "no sense");
            letters.send(event(8, null, null), "nothing");
            byte[] large = new byte[200_000];
            new Random(1).nextBytes(large);
            letters.send(event(9, null, large), "too much");

            List<ConsumerRecord<String, byte[]>> kept = read(3);
            ConsumerRecord<String, byte[]> first = kept.getFirst();
            assertThat(first.key()).isEqualTo("events/2/7");
            assertThat(first.value()).asString(UTF_8).isEqualTo("value");
            assertThat(header(first, "traceparent")).isEqualTo("00-trace");
            assertThat(header(first, "dead-letter.reason")).isEqualTo("no sense");
            assertThat(header(first, "dead-letter.topic")).isEqualTo("events");
            assertThat(header(first, "dead-letter.partition")).isEqualTo("2");
            assertThat(header(first, "dead-letter.offset")).isEqualTo("7");
            assertThat(header(first, "dead-letter.key")).isEqualTo("key");
            assertThat(kept.get(1).key()).isEqualTo("events/2/8");
            assertThat(kept.get(1).value()).as("not the deletion of its key").isEmpty();
            assertThat(kept.get(1).headers().lastHeader("dead-letter.key")).isNull();
            assertThat(kept.get(2).value()).isEmpty();
            assertThat(header(kept.get(2), "dead-letter.reason"))
                    .isEqualTo("too much (value of 200000 bytes left out)");
        }
    }

    @Test
    void saysThatTheBrokerIsAwayAndGoesOnOnceItIsThere() throws Exception {
        try (DeadLetters letters = letters()) {
            assertThatThrownBy(() -> letters.send(event(1, null, null), "nothing"))
                    .isInstanceOf(KafkaException.class)
                    .hasMessageContaining("events.dead-letter");
            try (KafkaBroker broker = KafkaBroker.start(directory, port, LocalPorts.free())) {
                letters.send(event(1, null, null), "nothing");
                assertThat(read(1)).hasSize(1);
            }
        }
    }

    private DeadLetters letters() {
        return new DeadLetters(settings(), "events", LARGEST_EVENT, (short) 1);
    }

    private Properties settings() {
        Properties settings = new Properties();
        settings.put("bootstrap.servers", "127.0.0.1:" + port);
        return settings;
    }

    private List<ConsumerRecord<String, byte[]>> read(int count) {
        try (KafkaConsumer<String, byte[]> consumer =
                new KafkaConsumer<>(settings(), new StringDeserializer(), new ByteArrayDeserializer())) {
            TopicPartition partition = new TopicPartition("events.dead-letter", 0);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            List<ConsumerRecord<String, byte[]>> read = new ArrayList<>();
            long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
            while (read.size() < count && System.nanoTime() < end) {
                consumer.poll(Duration.ofMillis(100)).forEach(read::add);
            }
            return read;
        }
    }

    private static ConsumerRecord<byte[], byte[]> event(long offset, byte @Nullable [] key, byte @Nullable [] value) {
        int size = value == null ? ConsumerRecord.NULL_SIZE : value.length;
        return new ConsumerRecord<>(
                "events",
                2,
                offset,
                0,
                org.apache.kafka.common.record.TimestampType.CREATE_TIME,
                0,
                size,
                key,
                value,
                new org.apache.kafka.common.header.internals.RecordHeaders(),
                java.util.Optional.empty());
    }

    private static String header(ConsumerRecord<String, byte[]> letter, String name) {
        return new String(letter.headers().lastHeader(name).value(), UTF_8);
    }
}
