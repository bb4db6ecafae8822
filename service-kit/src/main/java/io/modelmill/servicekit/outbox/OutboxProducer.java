package io.modelmill.servicekit.outbox;

import java.util.Properties;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** The producer that a relay sends with. */
public final class OutboxProducer {
    private OutboxProducer() {}

    /**
     * A producer that keeps the order and loses nothing that it acknowledged.
     *
     * @param settings of the broker
     * @param largestRequest bytes of the largest event with its key and headers
     */
    public static KafkaProducer<String, byte[]> open(Properties settings, int largestRequest) {
        Properties properties = new Properties();
        properties.putAll(settings);
        properties.put(ProducerConfig.ACKS_CONFIG, "all");
        properties.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, "true");
        // With one batch on its way at a time, a batch that is given up cannot be overtaken by the next.
        properties.put(ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION, "1");
        properties.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "gzip");
        properties.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, Integer.toString(largestRequest));
        // The relay tries again by itself; it must not hold its transaction for minutes.
        properties.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, "5000");
        properties.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, "10000");
        properties.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, "20000");
        // A broker that is back is found at once: its consumers wait for what happened meanwhile.
        properties.put(ProducerConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG, "500");
        return new KafkaProducer<>(properties, new StringSerializer(), new ByteArraySerializer());
    }
}
