package io.modelmill.worker.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TargetsTest {
    @Test
    void ordersNumericClassesByNumber() {
        Targets.Classes classes = Targets.classes(rows("10", "9", "10", "-1"), "digit");
        assertThat(classes.labels()).containsExactly("-1", "9", "10");
        assertThat(classes.indices()).containsExactly(2, 1, 2, 0);
    }

    @Test
    void ordersOtherClassesAsText() {
        assertThat(Targets.classes(rows("10", "9", "b", "a"), "kind").labels()).containsExactly("10", "9", "a", "b");
    }

    @Test
    void keepsTextsApartThatAreTheSameNumber() {
        assertThat(Targets.classes(rows("1.0", "1", "0"), "kind").labels()).containsExactly("0", "1", "1.0");
    }

    @Test
    void refusesAnEmptyClass() {
        assertThatThrownBy(() -> Targets.classes(rows("a", "", "b"), "kind"))
                .hasMessage("line 3, column `kind`: empty (expected: a class)");
    }

    @Test
    void refusesAClassOfTwoLines() {
        assertThatThrownBy(() -> Targets.classes(rows("a", "b", "c\nd"), "kind"))
                .hasMessage("line 4, column `kind`: a class with a line break or another control character"
                        + " (expected: printable characters)");
    }

    @Test
    void refusesASingleClass() {
        assertThatThrownBy(() -> Targets.classes(rows("a", "a"), "kind"))
                .hasMessage("column `kind` has 1 distinct value(s) (expected: at least 2 classes)");
    }

    @Test
    void readsNumbers() {
        assertThat(Targets.numbers(rows("1.5", "-2"), "price").values()).containsExactly(1.5f, -2);
    }

    @Test
    void refusesATextWhereANumberIsExpected() {
        assertThatThrownBy(() -> Targets.numbers(rows("1", "dear"), "price"))
                .hasMessage("line 3, column `price`: `dear` (expected: a number)");
    }

    private static Rows rows(String... labels) {
        return new Rows(
                List.of("x"),
                new float[labels.length],
                List.of(labels),
                IntStream.range(2, labels.length + 2).toArray());
    }
}
