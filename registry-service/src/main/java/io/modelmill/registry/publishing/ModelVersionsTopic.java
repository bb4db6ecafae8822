package io.modelmill.registry.publishing;

import io.modelmill.registry.serving.ServingEvents;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.TopicExistsException;

/** The topic that tells replicas about model versions. */
final class ModelVersionsTopic {
    private static final long PATIENCE_SECONDS = 30;

    private ModelVersionsTopic() {}

    /** Makes the topic unless it is there. An existing one is left as it is: its settings are the operator's. */
    static void make(Properties client, int partitions, short replicationFactor)
            throws ExecutionException, InterruptedException, TimeoutException {
        NewTopic topic = new NewTopic(ServingEvents.TOPIC, partitions, replicationFactor)
                .configs(Map.of(
                        TopicConfig.CLEANUP_POLICY_CONFIG,
                        TopicConfig.CLEANUP_POLICY_COMPACT,
                        TopicConfig.MAX_MESSAGE_BYTES_CONFIG,
                        Integer.toString(KafkaClients.LARGEST_REQUEST)));
        try (Admin admin = Admin.create(client)) {
            admin.createTopics(List.of(topic)).all().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof TopicExistsException)) {
                throw e;
            }
        }
    }
}
