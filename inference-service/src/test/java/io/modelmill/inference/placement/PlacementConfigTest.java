package io.modelmill.inference.placement;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelmill.inference.fixture.Configurations;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PlacementConfigTest {
    @Test
    void hasTheseDefaults() {
        PlacementConfig config = Configurations.of(PlacementConfig.class, Map.of());

        assertThat(config.topic()).isEqualTo("modelmill.model-versions.v1");
        assertThat(config.deadLetterReplicationFactor()).isEqualTo((short) 1);
        assertThat(config.partitionRefresh()).isEqualTo(Duration.ofSeconds(10));
        assertThat(config.fallbackAfter()).isEqualTo(Duration.ofSeconds(10));
        assertThat(config.reconcileInterval()).isEqualTo(Duration.ofMinutes(1));
        assertThat(config.retryBackoff()).isEqualTo(Duration.ofSeconds(1));
        assertThat(config.retryBackoffLimit()).isEqualTo(Duration.ofMinutes(5));
        assertThat(config.loadThreads()).isEqualTo(2);
        assertThat(config.waitingCallsPerLoad()).isEqualTo(256);
        assertThat(config.waitingLoads()).isEqualTo(64);
        assertThat(config.memoryBudget()).isEmpty();
        assertThat(config.faultMemory()).isEqualTo(Duration.ofMinutes(10));
        assertThat(config.protectedFor()).isEqualTo(Duration.ofSeconds(10));
    }

    @Test
    void keepsFilesUnderTheHomeDirectory() {
        CacheConfig config = Configurations.of(CacheConfig.class, Map.of("user.home", "/home/someone"));

        assertThat(config.directory()).isEqualTo(Path.of("/home/someone/.modelmill/inference-cache"));
    }

    @Test
    void asksTheRegistryWithTheseDeadlines() {
        RegistryConfig config =
                Configurations.of(RegistryConfig.class, Map.of("modelmill.registry.address", "registry:7411"));

        assertThat(config.address()).isEqualTo("registry:7411");
        assertThat(config.callTimeout()).isEqualTo(Duration.ofSeconds(10));
        assertThat(config.downloadTimeout()).isEqualTo(Duration.ofMinutes(15));
    }
}
