package io.modelmill.servicekit.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;

/**
 * Events that a consumer could make no use of, in a topic of their own, {@code TOPIC.dead-letter}: the value as it came, the key
 * {@code TOPIC/PARTITION/OFFSET}, so that of one that is sent twice one stays when the topic is compacted, the original headers,
 * and {@code dead-letter.reason}, {@code .topic}, {@code .partition}, {@code .offset} and {@code .key}. They stay for 30 days. For
 * use by one thread.
 */
public final class DeadLetters implements AutoCloseable {
    private static final String SUFFIX = ".dead-letter";
    private static final int PARTITIONS = 1;
    private static final Duration KEPT = Duration.ofDays(30);
    private static final Duration FAREWELL = Duration.ofSeconds(1);
    private static final int PATIENCE_MILLIS = 5_000;
    /** What the headers may add to an event that just fitted. */
    private static final int HEADERS = 1 << 16;

    private final Properties settings;
    private final String topic;
    private final int largestEvent;
    private final short replicationFactor;
    private @Nullable KafkaProducer<String, byte[]> producer;

    /**
     * @param settings of the broker
     * @param of topic of the events
     * @param largestEvent bytes of the largest event with its key and headers
     * @param replicationFactor of the dead letters' topic, if it must be made
     */
    public DeadLetters(Properties settings, String of, int largestEvent, short replicationFactor) {
        this.settings = settings;
        this.topic = of + SUFFIX;
        this.largestEvent = largestEvent;
        this.replicationFactor = replicationFactor;
    }

    /**
     * Keeps an event, and answers once the broker has it.
     *
     * @param reason why it could not be used
     * @throws KafkaException if it could not be kept now
     */
    public void send(ConsumerRecord<byte[], byte[]> event, String reason) throws InterruptedException {
        try {
            ProducerRecord<String, byte[]> letter = letter(event, reason, event.value());
            try {
                open().send(letter).get();
            } catch (ExecutionException e) {
                if (!(e.getCause() instanceof RecordTooLargeException)) {
                    throw e;
                }
                // Where it lay is worth keeping all the same.
                open().send(letter(
                                event, reason + " (value of " + event.serializedValueSize() + " bytes left out)", null))
                        .get();
            }
        } catch (ExecutionException e) {
            close();
            throw new KafkaException(topic + " could not be written: " + e.getCause(), e);
        } catch (KafkaException e) {
            close();
            throw e;
        }
    }

    private ProducerRecord<String, byte[]> letter(
            ConsumerRecord<byte[], byte[]> event, String reason, byte @Nullable [] value) {
        String key = event.topic() + "/" + event.partition() + "/" + event.offset();
        // Without a value it would be the deletion of its key.
        var letter = new ProducerRecord<>(topic, key, value == null ? new byte[0] : value);
        event.headers().forEach(letter.headers()::add);
        letter.headers()
                .add("dead-letter.reason", reason.getBytes(UTF_8))
                .add("dead-letter.topic", event.topic().getBytes(UTF_8))
                .add(
                        "dead-letter.partition",
                        Integer.toString(event.partition()).getBytes(UTF_8))
                .add("dead-letter.offset", Long.toString(event.offset()).getBytes(UTF_8));
        if (event.key() != null) {
            letter.headers().add("dead-letter.key", event.key());
        }
        return letter;
    }

    private KafkaProducer<String, byte[]> open() throws InterruptedException, ExecutionException {
        KafkaProducer<String, byte[]> open = producer;
        if (open == null) {
            int largest = largestEvent + HEADERS;
            Topics.make(
                    settings,
                    new NewTopic(topic, PARTITIONS, replicationFactor)
                            .configs(Map.of(
                                    TopicConfig.CLEANUP_POLICY_CONFIG,
                                    TopicConfig.CLEANUP_POLICY_COMPACT + "," + TopicConfig.CLEANUP_POLICY_DELETE,
                                    TopicConfig.RETENTION_MS_CONFIG,
                                    Long.toString(KEPT.toMillis()),
                                    TopicConfig.MAX_MESSAGE_BYTES_CONFIG,
                                    Integer.toString(largest))));
            Properties properties = new Properties();
            properties.putAll(settings);
            properties.put(ProducerConfig.ACKS_CONFIG, "all");
            properties.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, Integer.toString(largest));
            properties.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, Integer.toString(PATIENCE_MILLIS));
            properties.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, Integer.toString(PATIENCE_MILLIS));
            properties.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, Integer.toString(2 * PATIENCE_MILLIS));
            open = new KafkaProducer<>(properties, new StringSerializer(), new ByteArraySerializer());
            producer = open;
        }
        return open;
    }

    /** May be used again afterwards. */
    @Override
    public void close() {
        KafkaProducer<String, byte[]> open = producer;
        producer = null;
        if (open != null) {
            open.close(FAREWELL);
        }
    }
}
