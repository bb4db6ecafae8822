package io.modelmill.gateway.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BackendsConfigTest {
    @Test
    void defaultsArePinned() {
        SmallRyeConfig config = config(Map.of());

        assertThat(config.getConfigMapping(BackendsConfig.Registry.class).address())
                .isEqualTo("127.0.0.1:7411");
        assertThat(config.getConfigMapping(BackendsConfig.Training.class).address())
                .isEqualTo("127.0.0.1:7421");
        BackendsConfig.Inference inference = config.getConfigMapping(BackendsConfig.Inference.class);
        assertThat(inference.addresses()).containsExactly("127.0.0.1:7431");
        assertThat(inference.probeInterval()).isEqualTo(Duration.ofSeconds(1));
        assertThat(inference.probeTimeout()).isEqualTo(Duration.ofSeconds(1));
        BackendsConfig.Routing routing = config.getConfigMapping(BackendsConfig.Routing.class);
        assertThat(routing.defaultDeadline()).isEqualTo(Duration.ofMinutes(2));
        assertThat(routing.maxMessageBytes()).isEqualTo(65 << 20);
        assertThat(routing.keepAliveTime()).isEqualTo(Duration.ofSeconds(20));
        assertThat(routing.reconnectInterval()).isEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void addressesAreAList() {
        SmallRyeConfig config = config(Map.of("modelmill.inference.addresses", "a:1,b:2"));

        assertThat(config.getConfigMapping(BackendsConfig.Inference.class).addresses())
                .containsExactly("a:1", "b:2");
    }

    private static SmallRyeConfig config(Map<String, String> values) {
        return new SmallRyeConfigBuilder()
                .withMapping(BackendsConfig.Registry.class)
                .withMapping(BackendsConfig.Training.class)
                .withMapping(BackendsConfig.Inference.class)
                .withMapping(BackendsConfig.Routing.class)
                .withDefaultValues(values)
                .addDiscoveredConverters()
                .build();
    }
}
