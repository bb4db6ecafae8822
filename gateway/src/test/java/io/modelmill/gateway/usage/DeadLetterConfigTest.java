package io.modelmill.gateway.usage;

import static org.assertj.core.api.Assertions.assertThat;

import io.smallrye.config.SmallRyeConfigBuilder;
import org.junit.jupiter.api.Test;

class DeadLetterConfigTest {
    @Test
    void defaultsArePinned() {
        DeadLetterConfig config = new SmallRyeConfigBuilder()
                .withMapping(DeadLetterConfig.class)
                .build()
                .getConfigMapping(DeadLetterConfig.class);
        assertThat(config.replicationFactor()).isEqualTo((short) 1);
    }
}
