package io.modelmill.gateway.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.smallrye.config.ConfigValidationException;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AuthConfigTest {
    @Test
    void defaultsArePinned() {
        AuthConfig config = config(Map.of("modelmill.auth.pepper-file", "/p"));

        assertThat(config.pepperFile()).isEqualTo(Path.of("/p"));
        assertThat(config.adminKeyFile()).isEmpty();
        assertThat(config.keyCacheLifetime()).isEqualTo(Duration.ofSeconds(5));
        assertThat(config.forwardedTokenLifetime()).isEqualTo(Duration.ofSeconds(60));
        assertThat(config.exchangedTokenLifetime()).isEqualTo(Duration.ofMinutes(10));
    }

    @Test
    void thePepperIsRequiredAndMisspeltNamesAreRefused() {
        assertThatThrownBy(() -> config(Map.of()))
                .isInstanceOf(ConfigValidationException.class)
                .hasMessageContaining("modelmill.auth.pepper-file");
        assertThatThrownBy(() -> config(Map.of("modelmill.auth.pepper-file", "/p", "modelmill.auth.peper", "x")))
                .isInstanceOf(ConfigValidationException.class)
                .hasMessageContaining("modelmill.auth.peper");
    }

    private static AuthConfig config(Map<String, String> values) {
        return new SmallRyeConfigBuilder()
                .withMapping(AuthConfig.class)
                .withDefaultValues(values)
                .addDiscoveredConverters()
                .build()
                .getConfigMapping(AuthConfig.class);
    }
}
