package io.modelmill.registry.rollout;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNoException;

import io.quarkus.runtime.configuration.DurationConverter;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RolloutConfigTest {
    @ParameterizedTest
    @CsvSource({
        "lease, PT0.5S, modelmill.rollouts.lease: PT0.5S (expected: at least PT1S)",
        "look-interval, PT0S, modelmill.rollouts.look-interval: PT0S (expected: at least PT0.001S)",
        "max-waits, 0, modelmill.rollouts.max-waits: 0 (expected: at least 1)"
    })
    void refusesWhatCannotBe(String setting, String value, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RolloutWatch.requireUsable(config(setting, value)))
                .withMessage(message);
    }

    @Test
    void takesTheLeastThatCanBe() {
        assertThatNoException().isThrownBy(() -> RolloutWatch.requireUsable(config("lease", "PT1S")));
        assertThatNoException().isThrownBy(() -> RolloutWatch.requireUsable(config("max-waits", "1")));
    }

    private static RolloutConfig config(String setting, String value) {
        return new SmallRyeConfigBuilder()
                .withConverter(Duration.class, 1_000, new DurationConverter())
                .withMapping(RolloutConfig.class)
                .withDefaultValue("modelmill.rollouts." + setting, value)
                .build()
                .getConfigMapping(RolloutConfig.class);
    }
}
