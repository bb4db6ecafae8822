package io.modelmill.worker.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class NormalizationTest {
    /** Two features; the second is constant, and the last row does not train. */
    private final Rows rows = new Rows(
            List.of("x", "constant"), new float[] {2, 7, 4, 7, 6, 7, 1000, 9}, List.of("a", "a", "b", "b"), new int[] {
                2, 3, 4, 5
            });

    private final int[] training = {0, 1, 2};

    @Test
    void fitsMinMaxToTheTrainingRowsAlone() {
        Normalization normalization = Normalization.fit("min_max", rows, training);
        assertThat(normalization.shift()).containsExactly(2, 7);
        assertThat(normalization.scale()).containsExactly(0.25f, 1);
    }

    @Test
    void fitsZScoreToTheTrainingRowsAlone() {
        Normalization normalization = Normalization.fit("z_score", rows, training);
        assertThat(normalization.shift()).containsExactly(4, 7);
        assertThat(normalization.scale()[0]).isEqualTo((float) (1 / Math.sqrt(8.0 / 3)));
        assertThat(normalization.scale()[1]).isEqualTo(1);
    }

    @Test
    void noneChangesNothing() {
        assertThat(Normalization.fit("none", rows, training).isIdentity()).isTrue();
    }

    @Test
    void staysFiniteForAFeatureThatBarelyVaries() {
        var narrow = new Rows(List.of("x"), new float[] {0, Float.MIN_VALUE}, List.of("a", "b"), new int[] {2, 3});
        for (String name : List.of("min_max", "z_score")) {
            assertThat(Normalization.fit(name, narrow, new int[] {0, 1}).scale()[0])
                    .as(name)
                    .isFinite();
        }
    }

    @Test
    void refusesAnUnknownName() {
        assertThatThrownBy(() -> Normalization.fit("log", rows, training))
                .hasMessage("data.normalization: `log` (expected: none, min_max or z_score)");
    }
}
