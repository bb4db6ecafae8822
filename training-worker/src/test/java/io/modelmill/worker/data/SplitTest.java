package io.modelmill.worker.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SplitTest {
    @Test
    void everyRowIsOnOneSide() {
        Split split = Split.random(new Targets.Numbers(new float[100]), 0.3, 1);
        assertThat(split.heldOut()).hasSize(30).isSorted();
        assertThat(split.training()).hasSize(70).isSorted();
        assertThat(IntStream.concat(Arrays.stream(split.heldOut()), Arrays.stream(split.training()))
                        .sorted())
                .containsExactlyElementsOf(IntStream.range(0, 100).boxed().toList());
    }

    @Test
    void eachClassKeepsItsShare() {
        int[] indices = new int[110];
        Arrays.fill(indices, 0, 10, 1);
        Split split = Split.random(new Targets.Classes(List.of("many", "few"), indices), 0.2, 1);
        assertThat(Arrays.stream(split.heldOut()).filter(row -> indices[row] == 1))
                .hasSize(2);
        assertThat(split.heldOut()).hasSize(22);
    }

    @Test
    void eachClassKeepsARowToTrainOn() {
        var targets = new Targets.Classes(List.of("a", "b"), new int[] {0, 1, 1, 1});
        Split split = Split.random(targets, 0.9, 1);
        assertThat(split.training()).contains(0).hasSize(2);
    }

    @Test
    void holdsOutAtLeastOneRow() {
        var targets = new Targets.Classes(List.of("a", "b"), new int[] {0, 1, 1});
        assertThat(Split.random(targets, 0.01, 1).heldOut()).hasSize(1).doesNotContain(0);
        assertThat(Split.random(new Targets.Numbers(new float[2]), 0.01, 1).heldOut())
                .hasSize(1);
    }

    @Test
    void dependsOnTheSeedAlone() {
        var targets = new Targets.Numbers(new float[100]);
        assertThat(Split.random(targets, 0.2, 5).heldOut())
                .isEqualTo(Split.random(targets, 0.2, 5).heldOut());
        assertThat(Split.random(targets, 0.2, 5).heldOut())
                .isNotEqualTo(Split.random(targets, 0.2, 6).heldOut());
    }

    @Test
    void refusesTooFewRows() {
        assertThatThrownBy(() -> Split.random(new Targets.Numbers(new float[1]), 0.2, 1))
                .hasMessage("the data set has 1 row(s) (expected: at least 2, one of them to hold out)");
        assertThatThrownBy(() -> Split.random(new Targets.Classes(List.of("a", "b"), new int[] {0, 1}), 0.5, 1))
                .hasMessage("every class has only 1 row (expected: at least one class with 2, to hold one out)");
    }
}
