package io.modelmill.gateway.usage;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.modelmill.proto.events.v1.TrainingEvent;
import io.modelmill.servicekit.kafka.Topics;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;

/** The topic of training events with this test as training-service. */
final class JobEventsTopic implements AutoCloseable {
    static final int PARTITIONS = 3;
    private static final String TOPIC = TrainingUsageConsumer.TOPIC;

    private final Properties settings = new Properties();
    private final KafkaProducer<String, byte[]> producer;

    JobEventsTopic(String bootstrapServers) throws Exception {
        settings.put("bootstrap.servers", bootstrapServers);
        Topics.make(settings, new NewTopic(TOPIC, PARTITIONS, (short) 1));
        producer = new KafkaProducer<>(settings, new StringSerializer(), new ByteArraySerializer());
    }

    /** Tells the end of an attempt. */
    void closed(String job, long sequence, Instant time, long trainingMillis) throws Exception {
        TrainingEvent.Builder message = TrainingEvent.newBuilder().setJob(job);
        message.getEventBuilder()
                .setSequence(sequence)
                .setAttempt(1)
                .getTimeBuilder()
                .setSeconds(time.getEpochSecond())
                .setNanos(time.getNano());
        message.getEventBuilder()
                .getTransitionBuilder()
                .getAttemptTrainingTimeBuilder()
                .setSeconds(trainingMillis / 1000)
                .setNanos((int) (trainingMillis % 1000) * 1_000_000);
        send(job, message.build().toByteArray());
    }

    /** Answers once the broker has it. */
    void send(String key, byte @Nullable [] value) throws Exception {
        producer.send(new ProducerRecord<>(TOPIC, key, value)).get();
    }

    /** End of each partition. */
    Map<Integer, Long> ends() {
        try (KafkaConsumer<String, byte[]> consumer = consumer()) {
            Map<Integer, Long> ends = new HashMap<>();
            List<TopicPartition> partitions = new ArrayList<>();
            for (int partition = 0; partition < PARTITIONS; partition++) {
                partitions.add(new TopicPartition(TOPIC, partition));
            }
            consumer.endOffsets(partitions).forEach((partition, end) -> ends.put(partition.partition(), end));
            return ends;
        }
    }

    /** The dead letters there are now of events with a key, each once, as they are after compaction. */
    List<ConsumerRecord<String, byte[]>> deadLetters(String key) {
        try (KafkaConsumer<String, byte[]> consumer = consumer()) {
            TopicPartition partition = new TopicPartition(TOPIC + ".dead-letter", 0);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            long end = consumer.endOffsets(List.of(partition)).getOrDefault(partition, 0L);
            Map<String, ConsumerRecord<String, byte[]>> letters = new LinkedHashMap<>();
            while (consumer.position(partition) < end) {
                consumer.poll(Duration.ofMillis(100)).forEach(letter -> letters.put(letter.key(), letter));
            }
            return letters.values().stream()
                    .filter(letter -> header(letter, "key").equals(key))
                    .toList();
        }
    }

    static String header(ConsumerRecord<String, byte[]> letter, String name) {
        return new String(letter.headers().lastHeader("dead-letter." + name).value(), UTF_8);
    }

    private KafkaConsumer<String, byte[]> consumer() {
        return new KafkaConsumer<>(settings, new StringDeserializer(), new ByteArrayDeserializer());
    }

    @Override
    public void close() {
        producer.close();
    }
}
