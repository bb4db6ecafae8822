package io.modelmill.gateway.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.smallrye.config.SmallRyeConfigBuilder;
import org.junit.jupiter.api.Test;

class RestConfigTest {
    @Test
    void defaultsArePinned() {
        RestConfig config = new SmallRyeConfigBuilder()
                .withMapping(RestConfig.class)
                .build()
                .getConfigMapping(RestConfig.class);

        assertThat(config.maxPredictionBytes()).isEqualTo(64L << 20);
        assertThat(config.maxJsonBytes()).isEqualTo(4L << 20);
    }
}
