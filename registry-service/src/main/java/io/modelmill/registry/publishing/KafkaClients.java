package io.modelmill.registry.publishing;

import io.modelmill.registry.serving.ServingEvents;
import java.util.Properties;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.eclipse.microprofile.config.Config;

/** Settings of Kafka clients: all of {@code kafka.*}, such as {@code kafka.bootstrap.servers}, and what must be so. */
final class KafkaClients {
    /** The largest event with room for its key and headers. */
    static final int LARGEST_REQUEST = ServingEvents.LARGEST_EVENT + (1 << 20);

    private static final String PREFIX = "kafka.";

    private KafkaClients() {}

    static Properties properties(Config config) {
        Properties properties = new Properties();
        for (String name : config.getPropertyNames()) {
            if (name.startsWith(PREFIX)) {
                config.getOptionalValue(name, String.class)
                        .ifPresent(value -> properties.put(name.substring(PREFIX.length()), value));
            }
        }
        return properties;
    }

    /** A producer that keeps the order and loses nothing that it acknowledged. */
    static KafkaProducer<String, byte[]> producer(Properties client) {
        Properties properties = new Properties();
        properties.putAll(client);
        properties.put(ProducerConfig.ACKS_CONFIG, "all");
        properties.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, "true");
        // With one batch on its way at a time, a batch that is given up cannot be overtaken by the next.
        properties.put(ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION, "1");
        properties.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "gzip");
        properties.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, Integer.toString(LARGEST_REQUEST));
        // The relay tries again by itself; it must not hold its transaction for minutes.
        properties.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, "5000");
        properties.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, "10000");
        properties.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, "20000");
        return new KafkaProducer<>(properties, new StringSerializer(), new ByteArraySerializer());
    }
}
