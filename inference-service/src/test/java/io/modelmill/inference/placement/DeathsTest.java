package io.modelmill.inference.placement;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class DeathsTest {
    private final Deaths deaths = new Deaths();

    @Test
    void twoCrashesConvictTheirOnlySuspect() {
        assertThat(crash(1)).isEmpty();
        assertThat(crash(1)).containsExactly(1L);
    }

    @Test
    void twoCrashesConvictWhatTheyHaveInCommon() {
        assertThat(crash(1, 2, 3)).isEmpty();
        assertThat(crash(4, 2)).containsExactly(2L);
    }

    @Test
    void nobodyIsConvictedWhileTwoCouldHaveDoneIt() {
        for (int death = 0; death < 20; death++) {
            assertThat(crash(1, 2)).isEmpty();
            assertThat(kill(1, 2)).isEmpty();
        }
    }

    @Test
    void twoKillsConvictNobody() {
        assertThat(kill(1)).isEmpty();
        assertThat(kill(1)).isEmpty();
        assertThat(kill(1)).containsExactly(1L);
    }

    @Test
    void threeKillsConvictWhatTheyHaveInCommon() {
        assertThat(kill(1, 2)).isEmpty();
        assertThat(kill(1, 3)).isEmpty();
        assertThat(kill(2, 3)).as("nothing in common").isEmpty();
        assertThat(kill(3, 4)).containsExactly(3L);
    }

    @Test
    void aCrashCountsAmongTheKillsToo() {
        assertThat(kill(1, 2)).isEmpty();
        assertThat(crash(1, 3)).isEmpty();
        assertThat(kill(1, 4)).containsExactly(1L);
    }

    @Test
    void othersDeathsInBetweenAcquitNobodyWhoWasAlone() {
        assertThat(crash(1)).isEmpty();
        assertThat(crash(2)).isEmpty();
        assertThat(crash(1)).containsExactly(1L);
    }

    @Test
    void whoWasThereWhenTheCulpritWasFoundIsSuspectedNoMore() {
        crash(1, 2);
        assertThat(crash(1, 3)).containsExactly(1L);

        assertThat(deaths.suspects(2)).isFalse();
        assertThat(crash(2)).isEmpty();
    }

    @Test
    void whoIsClearedIsSuspectedAfresh() {
        crash(1, 2);
        assertThat(deaths.clear(Set.of(1L))).isTrue();
        assertThat(deaths.clear(Set.of(1L))).isFalse();

        assertThat(deaths.suspects(1)).isFalse();
        assertThat(deaths.suspects(2)).isTrue();
        assertThat(crash(1)).isEmpty();
    }

    private Set<Long> crash(long... suspects) {
        return death(true, suspects);
    }

    private Set<Long> kill(long... suspects) {
        return death(false, suspects);
    }

    private Set<Long> death(boolean crash, long... suspects) {
        return deaths.add(
                        new Deaths.Death(crash, Arrays.stream(suspects).boxed().collect(Collectors.toSet())))
                .keySet();
    }
}
