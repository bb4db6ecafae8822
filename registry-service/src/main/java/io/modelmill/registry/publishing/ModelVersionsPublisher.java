package io.modelmill.registry.publishing;

import io.micrometer.core.instrument.MeterRegistry;
import io.modelmill.registry.serving.ServingEvents;
import io.modelmill.servicekit.kafka.KafkaSettings;
import io.modelmill.servicekit.outbox.OutboxPublisher;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.Map;
import org.apache.kafka.clients.admin.NewTopic;
import org.eclipse.microprofile.config.Config;
import org.jdbi.v3.core.Jdbi;

/** Sends the events of models to replicas for as long as the service runs. */
@ApplicationScoped
public class ModelVersionsPublisher {
    /** The largest event with room for its key and headers. */
    private static final int LARGEST_REQUEST = ServingEvents.LARGEST_EVENT + (1 << 20);

    private final OutboxPublisher outbox;

    ModelVersionsPublisher(Jdbi jdbi, Config config, TopicConfig topic, MeterRegistry meters) {
        this.outbox = new OutboxPublisher(
                jdbi,
                KafkaSettings.of(config),
                new NewTopic(ServingEvents.TOPIC, topic.partitions(), topic.replicationFactor())
                        .configs(Map.of(
                                org.apache.kafka.common.config.TopicConfig.CLEANUP_POLICY_CONFIG,
                                org.apache.kafka.common.config.TopicConfig.CLEANUP_POLICY_COMPACT,
                                org.apache.kafka.common.config.TopicConfig.MAX_MESSAGE_BYTES_CONFIG,
                                Integer.toString(LARGEST_REQUEST))),
                LARGEST_REQUEST,
                "//modelmill/registry-service",
                meters);
    }

    /** Says that a transaction with an event has committed. */
    public void wake() {
        outbox.wake();
    }

    void start(@Observes StartupEvent started) {
        outbox.start();
    }

    void stop(@Observes ShutdownEvent stopping) {
        outbox.close();
    }
}
