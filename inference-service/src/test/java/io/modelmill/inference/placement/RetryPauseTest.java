package io.modelmill.inference.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RetryPauseTest {
    @ParameterizedTest
    @CsvSource({"1, 1", "2, 2", "3, 4", "4, 5", "1000, 5"})
    void pausesDoubleUpToTheLongest(int failures, int seconds) {
        RetryPause pause = new RetryPause(Duration.ofSeconds(1), Duration.ofSeconds(5));

        assertThat(pause.after(failures)).isEqualTo(Duration.ofSeconds(seconds));
    }

    @ParameterizedTest
    @CsvSource({"PT0S, PT1S", "PT-1S, PT1S", "PT2S, PT1S"})
    void refusesPausesThatAreNone(Duration first, Duration longest) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new RetryPause(first, longest))
                .withMessageContaining("retry-backoff: " + first)
                .withMessageContaining("expected: at least 1 ms");
    }

    @Test
    void aMillisecondIsEnough() {
        assertThat(new RetryPause(Duration.ofMillis(1), Duration.ofMillis(1)).after(7))
                .isEqualTo(Duration.ofMillis(1));
    }
}
