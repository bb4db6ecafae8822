package io.modelmill.inference.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelmill.inference.fixture.Configurations;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class SessionConfigTest {
    @Test
    void hasTheseDefaults() {
        SessionConfig config = Configurations.of(SessionConfig.class, Map.of());

        assertThat(config.device()).isEqualTo(Device.CPU);
        assertThat(config.intraOpThreads()).isEqualTo(1);
        assertThat(config.runThreads()).isEmpty();
    }

    @Test
    void readsEachProperty() {
        SessionConfig config = Configurations.of(
                SessionConfig.class,
                Map.of(
                        "modelmill.session.device", "cuda",
                        "modelmill.session.intra-op-threads", "2",
                        "modelmill.session.run-threads", "3"));

        assertThat(config.device()).isEqualTo(Device.CUDA);
        assertThat(config.intraOpThreads()).isEqualTo(2);
        assertThat(config.runThreads()).isEqualTo(OptionalInt.of(3));
    }
}
