package io.modelmill.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelmill.registry.artifact.ArtifactConfig;
import io.modelmill.registry.dataset.DatasetConfig;
import io.modelmill.registry.publishing.TopicConfig;
import io.modelmill.registry.quota.StorageQuotaConfig;
import io.modelmill.registry.retention.RetentionConfig;
import io.modelmill.registry.rollout.RolloutConfig;
import io.modelmill.registry.validation.GraphConfig;
import io.modelmill.registry.validation.ValidationConfig;
import io.modelmill.servicekit.fixture.ConfigurationRules;
import io.quarkus.runtime.configuration.DurationConverter;
import io.quarkus.runtime.configuration.MemorySize;
import io.quarkus.runtime.configuration.MemorySizeConverter;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Pins the defaults, as changing one changes running installations. */
class ConfigurationTest {
    private final SmallRyeConfig config = new SmallRyeConfigBuilder()
            .withConverter(MemorySize.class, 100, new MemorySizeConverter())
            .withConverter(Duration.class, 1_000, new DurationConverter())
            .withMapping(ArtifactConfig.class)
            .withMapping(DatasetConfig.class)
            .withMapping(RetentionConfig.class)
            .withMapping(RolloutConfig.class)
            .withMapping(StorageQuotaConfig.class)
            .withMapping(TopicConfig.class)
            .withMapping(GraphConfig.class)
            .withMapping(ValidationConfig.class)
            .withDefaultValue("modelmill.artifacts.directory", "/data")
            .build();

    @Test
    void everyPropertyIsDocumented() {
        ConfigurationRules.everyPropertyIsDocumented("io.modelmill.registry");
    }

    @Test
    void artifacts() {
        ArtifactConfig artifacts = config.getConfigMapping(ArtifactConfig.class);

        assertThat(artifacts.directory()).isEqualTo(Path.of("/data"));
        assertThat(artifacts.largestSize().asLongValue()).isEqualTo(16L << 30);
        assertThat(artifacts.uploadExpiry()).isEqualTo(Duration.ofHours(24));
        assertThat(artifacts.uploadSweepInterval()).isEqualTo(Duration.ofMinutes(10));
    }

    @Test
    void datasets() {
        DatasetConfig datasets = config.getConfigMapping(DatasetConfig.class);

        assertThat(datasets.largestContent().asLongValue()).isEqualTo(8L << 30);
        assertThat(datasets.concurrency()).isEqualTo(2);
    }

    @Test
    void retention() {
        RetentionConfig retention = config.getConfigMapping(RetentionConfig.class);

        assertThat(retention.deletedVersions()).isEqualTo(Duration.ofDays(30));
        assertThat(retention.unnamedArtifacts()).isEqualTo(Duration.ofHours(24));
        assertThat(retention.collectionInterval()).isEqualTo(Duration.ofHours(1));
    }

    @Test
    void rollouts() {
        RolloutConfig rollouts = config.getConfigMapping(RolloutConfig.class);

        assertThat(rollouts.lease()).isEqualTo(Duration.ofSeconds(5));
        assertThat(rollouts.lookInterval()).isEqualTo(Duration.ofMillis(100));
        assertThat(rollouts.maxWaits()).isEqualTo(1_000);
    }

    @Test
    void storageQuota() {
        StorageQuotaConfig quota = config.getConfigMapping(StorageQuotaConfig.class);

        assertThat(quota.maxBytes()).isEmpty();
        assertThat(quota.maxObjects()).isEmpty();
    }

    @Test
    void topic() {
        TopicConfig topic = config.getConfigMapping(TopicConfig.class);

        assertThat(topic.partitions()).isEqualTo(6);
        assertThat(topic.replicationFactor()).isEqualTo((short) 1);
    }

    @Test
    void validation() {
        ValidationConfig validation = config.getConfigMapping(ValidationConfig.class);

        assertThat(validation.timeout()).isEqualTo(Duration.ofSeconds(60));
        assertThat(validation.heap().asLongValue()).isEqualTo(256L << 20);
        assertThat(validation.memory().asLongValue()).isEqualTo(8L << 30);
        assertThat(validation.concurrency()).isEqualTo(1);
        assertThat(validation.pollInterval()).isEqualTo(Duration.ofSeconds(5));
        assertThat(validation.versionsPerProcess()).isEqualTo(50);
        assertThat(validation.idleTimeout()).isEqualTo(Duration.ofSeconds(60));
    }

    @Test
    void graphs() {
        GraphConfig graph = config.getConfigMapping(GraphConfig.class);

        assertThat(graph.largestSize().asLongValue()).isEqualTo(2L << 30);
        assertThat(graph.nodes()).isEqualTo(200_000);
        assertThat(graph.depth()).isEqualTo(32);
        assertThat(graph.rank()).isEqualTo(32);
        assertThat(graph.tensorSize().asLongValue()).isEqualTo(8L << 30);
        assertThat(graph.operatorDomains()).isEmpty();
    }
}
