package io.modelmill.inference.placement;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelmill.inference.model.ModelKey;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PerVersionTest {
    private static final ModelKey DIGITS = new ModelKey("acme", "digits");
    private static final ModelKey LETTERS = new ModelKey("acme", "letters");

    private final PerVersion<String> remembered = new PerVersion<>();

    @Test
    void forgetsWhatItsModelDoesNotHaveAnyMore() {
        remembered.put(DIGITS, 1, "one");
        remembered.put(DIGITS, 2, "two");
        remembered.put(LETTERS, 1, "a");

        remembered.retain(DIGITS, Set.of(2L, 3L));

        assertThat(remembered.find(DIGITS, 1)).isEmpty();
        assertThat(remembered.find(DIGITS, 2)).contains("two");
        assertThat(remembered.find(LETTERS, 1)).contains("a");
        assertThat(remembered.size()).isEqualTo(2);
    }

    @Test
    void keepsNothingOfAModelThatIsGone() {
        remembered.put(DIGITS, 1, "one");
        remembered.retain(DIGITS, Set.of());
        remembered.retain(LETTERS, Set.of());

        assertThat(remembered.size()).isZero();
        remembered.put(DIGITS, 1, "another");
        assertThat(remembered.find(DIGITS, 1)).contains("another");
    }
}
