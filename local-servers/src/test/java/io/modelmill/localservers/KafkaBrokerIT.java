package io.modelmill.localservers;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelmill.localservers.kafka.KafkaBroker;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KafkaBrokerIT {
    private static final TopicPartition KEPT = new TopicPartition("kept", 0);

    @TempDir
    Path directory;

    @Test
    void keepsRecordsOverRestart() throws Exception {
        int port = LocalPorts.free();
        int controllerPort = LocalPorts.free();
        try (KafkaBroker broker = KafkaBroker.start(directory.resolve("data"), port, controllerPort);
                Admin admin = Admin.create(clientConfig(broker));
                KafkaProducer<String, String> producer =
                        new KafkaProducer<>(clientConfig(broker), new StringSerializer(), new StringSerializer())) {
            admin.createTopics(List.of(new NewTopic(KEPT.topic(), 1, (short) 1)))
                    .all()
                    .get();
            producer.send(new ProducerRecord<>(KEPT.topic(), "key", "value")).get();
        }
        try (KafkaBroker broker = KafkaBroker.start(directory.resolve("data"), port, controllerPort);
                KafkaConsumer<String, String> consumer =
                        new KafkaConsumer<>(clientConfig(broker), new StringDeserializer(), new StringDeserializer())) {
            consumer.assign(List.of(KEPT));
            consumer.seekToBeginning(List.of(KEPT));
            List<String> read = new ArrayList<>();
            Instant deadline = Instant.now().plusSeconds(30);
            while (read.isEmpty() && Instant.now().isBefore(deadline)) {
                consumer.poll(Duration.ofMillis(200)).forEach(record -> read.add(record.value()));
            }
            assertThat(read).containsExactly("value");
        }
    }

    private static Map<String, Object> clientConfig(KafkaBroker broker) {
        return Map.of("bootstrap.servers", broker.bootstrapServers());
    }
}
