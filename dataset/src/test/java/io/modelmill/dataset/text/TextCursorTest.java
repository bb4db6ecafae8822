package io.modelmill.dataset.text;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.modelmill.dataset.BadDataException;
import io.modelmill.dataset.DatasetColumn;
import io.modelmill.dataset.DatasetFormat;
import io.modelmill.dataset.ReadLimits;
import io.modelmill.dataset.RowCursor;
import io.modelmill.dataset.fixture.Gzip;
import io.modelmill.dataset.fixture.Reading;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TextCursorTest {
    @TempDir
    Path folder;

    @Test
    void readsLines() {
        Reading text = text("\uFEFFone, two\r\n\n\"three\n".getBytes(UTF_8));

        assertThat(text.columns()).containsExactly(new DatasetColumn("text", DatasetColumn.Type.CELL, List.of()));
        assertThat(text.rows())
                .containsExactly(List.of("line 1", "one, two"), List.of("line 2", ""), List.of("line 3", "\"three"));
    }

    @Test
    void readsFilesOneAfterTheOther() {
        Reading text = text("one\ntwo".getBytes(UTF_8))
                .file("empty.txt", "")
                .file("more.txt", Gzip.pack("three".getBytes(UTF_8)));

        assertThat(text.rows())
                .containsExactly(
                        List.of("words.txt, line 1", "one"),
                        List.of("words.txt, line 2", "two"),
                        List.of("more.txt, line 1", "three"));
    }

    @Test
    void readsMoreLinesThanARowMayHaveCells() {
        assertThat(text("\n".repeat(300_000).getBytes(UTF_8)).rows()).hasSize(300_000);
    }

    @Test
    void holdsNoNumbers() throws IOException {
        try (RowCursor cursor = text("\n7\n".getBytes(UTF_8)).open()) {
            cursor.next();
            assertThat(cursor.number(0)).isNaN();
            cursor.next();
            assertThatThrownBy(() -> cursor.number(0))
                    .isInstanceOf(BadDataException.class)
                    .hasMessage("line 2: \"7\" (expected: a number; lines are text)");
        }
    }

    @Test
    void refusesFilesWithoutLines() {
        assertThat(text(new byte[0]).faults()).containsExactly("no lines (expected: at least one)");
    }

    @Test
    void refusesLinesThatAreTooLong() {
        assertThat(text(("a\n" + "x".repeat(5 << 20)).getBytes(UTF_8)).faults())
                .containsExactly("line 2: a row of more than 4194304 characters (expected: rows that are shorter)");
    }

    @Test
    void refusesBytesThatAreNoUtf8() {
        byte[] latin = "M\u00fcnchen\n".getBytes(ISO_8859_1);

        assertThat(text(latin).faults())
                .containsExactly("line 1: bytes that are no UTF-8, here or soon after (expected: UTF-8)");
        assertThat(text("a\n".getBytes(UTF_8)).file("more.txt", latin).faults())
                .containsExactly("more.txt, line 1: bytes that are no UTF-8, here or soon after (expected: UTF-8)");
    }

    @Test
    void refusesBrokenGzip() {
        byte[] gzip = Gzip.pack("many lines of text\n".getBytes(UTF_8));

        assertThat(text(Arrays.copyOf(gzip, gzip.length - 9)).faults())
                .containsExactly("a gzip stream that ends early (expected: text, plain or gzip)");
    }

    @Test
    void refusesMoreTextThanItReads() {
        assertThat(text(Gzip.pack("0\n".repeat(1 << 20).getBytes(UTF_8)))
                        .limits(ReadLimits.DEFAULT.withContentBytes(1 << 20))
                        .faults())
                .singleElement()
                .asString()
                .endsWith(": more than 1048576 bytes once unpacked (expected: at most 1048576)");
    }

    private Reading text(byte[] content) {
        return new Reading(DatasetFormat.TEXT, folder).file("words.txt", content);
    }
}
