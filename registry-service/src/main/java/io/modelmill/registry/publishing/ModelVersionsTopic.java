package io.modelmill.registry.publishing;

import io.modelmill.registry.serving.ServingEvents;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** The topic that tells replicas about model versions. */
final class ModelVersionsTopic {
    private static final int PATIENCE_MILLIS = 5_000;

    private ModelVersionsTopic() {}

    /** Makes the topic unless it is there. An existing one is left as it is: its settings are the operator's. */
    static void make(Properties client, int partitions, short replicationFactor)
            throws ExecutionException, InterruptedException {
        NewTopic topic = new NewTopic(ServingEvents.TOPIC, partitions, replicationFactor)
                .configs(Map.of(
                        TopicConfig.CLEANUP_POLICY_CONFIG,
                        TopicConfig.CLEANUP_POLICY_COMPACT,
                        TopicConfig.MAX_MESSAGE_BYTES_CONFIG,
                        Integer.toString(KafkaClients.LARGEST_REQUEST)));
        Properties properties = new Properties();
        properties.putAll(client);
        properties.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, PATIENCE_MILLIS);
        properties.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, PATIENCE_MILLIS);
        try (Admin admin = Admin.create(properties)) {
            // Asked first, as the right to make topics may be the operator's alone.
            if (!exists(admin)) {
                create(admin, topic);
            }
        }
    }

    private static boolean exists(Admin admin) throws ExecutionException, InterruptedException {
        try {
            admin.describeTopics(List.of(ServingEvents.TOPIC)).allTopicNames().get();
            return true;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof UnknownTopicOrPartitionException) {
                return false;
            }
            throw e;
        }
    }

    private static void create(Admin admin, NewTopic topic) throws ExecutionException, InterruptedException {
        try {
            admin.createTopics(List.of(topic)).all().get();
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof TopicExistsException)) {
                throw e;
            }
        }
    }
}
