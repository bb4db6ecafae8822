package io.modelmill.inference.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class MemoryBudgetTest {
    private static final Duration PROTECTED = Duration.ofSeconds(10);

    private final List<String> closed = new ArrayList<>();
    private long now;
    private final MemoryBudget budget = new MemoryBudget(100, PROTECTED, () -> now);

    @Test
    void letsTheLeastRecentlyUsedGo() throws Exception {
        resident("first", 40);
        pass(1);
        Residence second = resident("second", 40);
        pass(1);
        use(second);
        pass(20);

        assertThat(budget.take(60).bytes()).isEqualTo(60);

        assertThat(closed).containsExactly("first");
        assertThat(budget.taken()).isEqualTo(100);
        assertThat(budget.evictions()).isEqualTo(1);
    }

    @Test
    void letsGoOfNoMoreThanItMust() throws Exception {
        resident("first", 30);
        pass(1);
        resident("second", 30);
        pass(1);
        resident("third", 30);
        pass(20);

        var _ = budget.take(50);

        assertThat(closed).containsExactly("first", "second");
    }

    @Test
    void neverLetsAVersionGoThatIsInUse() throws Exception {
        Residence used = resident("used", 60);
        used.acquire();
        pass(60);

        assertThatExceptionOfType(NoRoomException.class).isThrownBy(() -> budget.take(60));
        assertThat(closed).isEmpty();

        used.release();
        var _ = budget.take(60);
        assertThat(closed).containsExactly("used");
    }

    @Test
    void letsNothingGoWhenThatWouldNotMakeRoomEnough() {
        resident("unused", 20);
        resident("used", 60).acquire();

        assertThatExceptionOfType(NoRoomException.class).isThrownBy(() -> budget.take(90));

        assertThat(closed).isEmpty();
    }

    @Test
    void letsAFloodOfOtherVersionsTurnOverItsOwnPlaces() throws Exception {
        Residence hot = resident("hot", 20);
        for (int call = 0; call < 10; call++) {
            use(hot);
        }
        for (int cold = 0; cold < 50; cold++) {
            // Each of the flood was used more recently than the hot one.
            pass(0.1);
            use(resident("cold " + cold, 80));
        }

        assertThat(closed).hasSize(49).doesNotContain("hot");
    }

    @Test
    void letsAHotVersionGoOnceItWasNotUsedForTheProtectedTime() throws Exception {
        Residence hot = resident("hot", 50);
        for (int call = 0; call < 1000; call++) {
            use(hot);
        }
        pass(9);
        use(resident("newer", 50));
        pass(2);

        var _ = budget.take(50);

        assertThat(closed).containsExactly("hot");
    }

    @Test
    void saysThatAVersionIsLargerThanTheWholeBudget() {
        assertThatExceptionOfType(LoadFailedException.class)
                .isThrownBy(() -> budget.take(101))
                .withMessage(
                        "it needs about 101 bytes of memory (expected: at most 100, which all loaded versions may take"
                                + " together)");
    }

    @Test
    void shrinksAfterAVersionTurnedOutLarger() {
        resident("first", 50);
        pass(1);
        MemoryBudget.Room room = budget.tryTake(40).orElseThrow();
        room.resize(70);
        assertThat(budget.taken()).isEqualTo(120);

        budget.shrink();

        assertThat(closed).containsExactly("first");
        assertThat(budget.taken()).isEqualTo(70);
    }

    @Test
    void freesRoomOnce() {
        MemoryBudget.Room room = budget.tryTake(40).orElseThrow();
        room.free();
        room.free();

        assertThat(budget.taken()).isZero();
        assertThat(budget.tryTake(101)).isEmpty();
    }

    @Test
    void remembersUsesFromBeforeAVersionWasUnloaded() {
        Usage usage = new Usage(0);
        for (int call = 0; call < 8; call++) {
            usage.touch(0);
        }

        assertThat(usage.score(0, PROTECTED.toNanos())).isEqualTo(8);
        assertThat(usage.score(PROTECTED.toNanos(), PROTECTED.toNanos())).isEqualTo(4);
        usage.touch(PROTECTED.toNanos());
        assertThat(usage.score(PROTECTED.toNanos(), PROTECTED.toNanos())).isEqualTo(5);
    }

    @Test
    void refusesABudgetOfNothing() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new MemoryBudget(0, PROTECTED, () -> 0))
                .withMessage("modelmill.placement.memory-budget: 0 (expected: > 0)");
    }

    /** A version in its place. */
    @CanIgnoreReturnValue
    private Residence resident(String name, long bytes) {
        MemoryBudget.Room room;
        try {
            room = budget.take(bytes);
        } catch (LoadFailedException | NoRoomException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
        Residence residence = new Residence(room, new Usage(now), () -> now, () -> closed.add(name));
        residence.settle(() -> {
            boolean retired = residence.retireIfUnused();
            if (retired) {
                residence.closeNow();
            }
            return retired;
        });
        return residence;
    }

    private static void use(Residence residence) {
        assertThat(residence.acquire()).isTrue();
        residence.release();
    }

    private void pass(double seconds) {
        now += (long) (seconds * 1e9);
    }
}
