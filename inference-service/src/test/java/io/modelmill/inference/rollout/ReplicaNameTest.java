package io.modelmill.inference.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class ReplicaNameTest {
    private static final String VALID = "[A-Za-z0-9][A-Za-z0-9._-]{0,252}";

    @Test
    void isWhatWasSet() {
        assertThat(ReplicaName.of(Optional.of("mill-inference-7d9f-x2x"))).isEqualTo("mill-inference-7d9f-x2x");
    }

    @Test
    void isAnotherOneForEachProcessOfAHost() {
        String one = ReplicaName.of(Optional.empty());

        assertThat(one).matches(VALID).isNotEqualTo(ReplicaName.of(Optional.empty()));
    }

    @Test
    void takesWhatTheHostIsCalled() {
        assertThat(ReplicaName.unique("node-1.example"))
                .startsWith("node-1.example-")
                .matches(VALID);
        assertThat(ReplicaName.unique("")).startsWith("replica-").matches(VALID);
        assertThat(ReplicaName.unique("_büro")).startsWith("b-ro-").matches(VALID);
        assertThat(ReplicaName.unique("h".repeat(255))).matches(VALID);
    }

    @Test
    void refusesANameThatCannotBeOne() {
        for (String name : new String[] {"", "-a", "a b", "a/b", "x".repeat(254)}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> ReplicaName.of(Optional.of(name)))
                    .withMessage("modelmill.replica.name: \"%s\" (expected: %s)", name, VALID);
        }
    }
}
