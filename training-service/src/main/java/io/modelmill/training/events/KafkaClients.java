package io.modelmill.training.events;

import io.modelmill.training.job.TrainingEvents;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.eclipse.microprofile.config.Config;

/** Clients of the broker, with all settings of {@code kafka.*} and what must be so. */
final class KafkaClients {
    private static final String PREFIX = "kafka.";
    private static final long PATIENCE_SECONDS = 30;

    private final Properties settings;

    KafkaClients(Config config) {
        this.settings = new Properties();
        for (String name : config.getPropertyNames()) {
            if (name.startsWith(PREFIX)) {
                config.getOptionalValue(name, String.class)
                        .ifPresent(value -> settings.put(name.substring(PREFIX.length()), value));
            }
        }
    }

    /** Makes the topic of training events unless it is there. */
    void makeTopic(EventsConfig config) throws ExecutionException, InterruptedException, TimeoutException {
        NewTopic topic = new NewTopic(TrainingEvents.TOPIC, config.partitions(), config.replicationFactor());
        try (Admin admin = Admin.create(settings)) {
            admin.createTopics(List.of(topic)).all().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof TopicExistsException)) {
                throw e;
            }
        }
    }

    /** A producer that keeps the order and loses nothing that it acknowledged. */
    KafkaProducer<String, byte[]> producer() {
        Properties properties = new Properties();
        properties.putAll(settings);
        properties.put(ProducerConfig.ACKS_CONFIG, "all");
        properties.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, "true");
        // With one batch on its way at a time, a batch that is given up cannot be overtaken by the next.
        properties.put(ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION, "1");
        // The relay tries again by itself; it must not hold its transaction for minutes.
        properties.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, "5000");
        properties.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, "10000");
        properties.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, "20000");
        return new KafkaProducer<>(properties, new StringSerializer(), new ByteArraySerializer());
    }
}
