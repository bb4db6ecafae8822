package io.modelmill.worker.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.modelmill.worker.failure.JobFailedException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HeldOutRowsTest {
    @Test
    void readsNumbers() {
        assertThat(read(" [ ] ")).isEmpty();
        assertThat(read("[3, 17]\n")).containsExactly(3, 17);
        assertThat(read("[\n  0,\n  9223372036854775807\n]")).containsExactly(0, Long.MAX_VALUE);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "``;             $",
                "{};             $",
                "7;              $",
                "null;           $",
                "rows: [1];      $",
                "[1, two];       $[1]",
                "[1, \"2\"];     $[1]",
                "[1, null];      $[1]",
                "[1, [2]];       $[1]",
                "[1.5];          $[0]",
                "[1,];           $[1]",
                "[1 2];          $[1]",
                "[1;             $[1]",
                "[1, 9223372036854775808]; $[1]",
                "[1] [2];        $",
            })
    void refusesAnythingElseAndSaysWhere(String file, String place) {
        assertThatThrownBy(() -> read(file))
                .isInstanceOf(JobFailedException.class)
                .hasMessage(
                        "the parent's held-out-rows.json: \"%s\" at %s (expected: numbers of rows that did not train it, such as [3, 17])"
                                .formatted(file, place));
    }

    private static long[] read(String file) {
        return HeldOutRows.read(file.getBytes(StandardCharsets.UTF_8));
    }
}
