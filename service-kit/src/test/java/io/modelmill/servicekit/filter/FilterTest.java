package io.modelmill.servicekit.filter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.modelmill.servicekit.error.CommonReason;
import io.modelmill.servicekit.error.ServiceException;
import io.modelmill.servicekit.filter.Filter.And;
import io.modelmill.servicekit.filter.Filter.Comparison;
import io.modelmill.servicekit.filter.Filter.Not;
import io.modelmill.servicekit.filter.Filter.Or;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FilterTest {
    private static final Filter A = new Comparison("a", Comparator.EQUAL, "1");
    private static final Filter B = new Comparison("b.c", Comparator.GREATER_OR_EQUAL, "-0.5");
    private static final Filter C = new Comparison("d", Comparator.HAS, "*");

    @Test
    void nothingLetsAllPass() {
        assertThat(Filter.parse("  ")).isEqualTo(new And(List.of()));
    }

    @Test
    void comparisonsNeedNoSpaces() {
        assertThat(Filter.parse("a=1")).isEqualTo(A);
        assertThat(Filter.parse("b.c >= -0.5")).isEqualTo(B);
        assertThat(Filter.parse("d:*")).isEqualTo(C);
    }

    @Test
    void orBindsMoreTightlyThanAnd() {
        assertThat(Filter.parse("a=1 AND b.c>=-0.5 OR d:*")).isEqualTo(new And(List.of(A, new Or(List.of(B, C)))));
        assertThat(Filter.parse("(a=1 AND b.c>=-0.5) OR d:*")).isEqualTo(new Or(List.of(new And(List.of(A, B)), C)));
    }

    @Test
    void notHasTwoForms() {
        assertThat(Filter.parse("NOT a=1")).isEqualTo(new Not(A));
        assertThat(Filter.parse("-a=1")).isEqualTo(new Not(A));
        assertThat(Filter.parse("- (a=1 OR d:*)")).isEqualTo(new Not(new Or(List.of(A, C))));
    }

    @Test
    void quotedValuesHoldWhatWordsCannot() {
        assertThat(Filter.parse("t > \"2026-01-01T00:00:00Z\""))
                .isEqualTo(new Comparison("t", Comparator.GREATER, "2026-01-01T00:00:00Z"));
        assertThat(Filter.parse("t = 'it\\'s (\"so\") AND more'"))
                .isEqualTo(new Comparison("t", Comparator.EQUAL, "it's (\"so\") AND more"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        a                    | "the end" (expected: one of <= >= != < > = :, at character 2)
        a =                  | "the end" (expected: a value, at character 4)
        a = = 1              | "=" (expected: a value, at character 5)
        = 1                  | "=" (expected: a field, NOT or (, at character 1)
        A = 1                | "A" (expected: a field, NOT or (, at character 1)
        "a" = 1              | "a" (expected: a field, NOT or (, at character 1)
        a = 1 b = 2          | "b" (expected: AND, OR or the end, at character 7)
        a = 1 and b = 2      | "and" (expected: AND, OR or the end, at character 7)
        a = 1 AND            | "the end" (expected: a field, NOT or (, at character 10)
        (a = 1               | "the end" (expected: AND, OR or ), at character 7)
        a = 1)               | ")" (expected: AND, OR or the end, at character 6)
        a = "open            | ""open" (expected: a closing ", at character 5)
        a ! 1                | "!" (expected: one of <= >= != < > = :, at character 3)
        """)
    void saysWhatItCannotRead(String filter, String message) {
        assertThatThrownBy(() -> Filter.parse(filter)).isInstanceOfSatisfying(ServiceException.class, failure -> {
            assertThat(failure.reason()).isEqualTo(CommonReason.INVALID_FIELD);
            assertThat(failure).hasMessage("filter: " + message);
        });
    }

    @Test
    void refusesWhatWouldCostTooMuch() {
        assertThatThrownBy(() -> Filter.parse("a=" + "1".repeat(2_000))).hasMessageContaining("at most 2000");
        assertThatThrownBy(() -> Filter.parse("a=1" + " AND a=1".repeat(50)))
                .hasMessageContaining("at most 50 comparisons");
        assertThatThrownBy(() -> Filter.parse("(".repeat(21) + "a=1" + ")".repeat(21)))
                .hasMessageContaining("at most 20 levels");
        assertThatThrownBy(() -> Filter.parse("NOT ".repeat(21) + "a=1")).hasMessageContaining("at most 20 levels");
    }
}
