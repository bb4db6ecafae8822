package io.modelmill.fleet.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RestartPolicyTest {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    private final RestartPolicy policy = new RestartPolicy();

    @Test
    void waitsTwiceAsLongAfterEachDeathAndGivesUpAfterTheSixth() {
        assertThat(after(Duration.ofSeconds(1))).contains(Duration.ofMillis(500));
        assertThat(after(Duration.ofSeconds(1))).contains(Duration.ofSeconds(1));
        assertThat(after(Duration.ofSeconds(1))).contains(Duration.ofSeconds(2));
        assertThat(after(Duration.ofSeconds(1))).contains(Duration.ofSeconds(4));
        assertThat(after(Duration.ofSeconds(1))).contains(Duration.ofSeconds(8));
        assertThat(after(Duration.ofSeconds(1))).isEmpty();
    }

    @Test
    void forgetsEarlierDeathsOfAServerThatLivedLong() {
        for (int death = 1; death < RestartPolicy.MOST_DEATHS; death++) {
            after(Duration.ofSeconds(1));
        }

        assertThat(after(Duration.ofMinutes(1))).contains(Duration.ofMillis(500));
    }

    private Optional<Duration> after(Duration life) {
        return policy.died(START, START.plus(life));
    }
}
