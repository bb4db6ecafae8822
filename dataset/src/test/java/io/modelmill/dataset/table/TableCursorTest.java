package io.modelmill.dataset.table;

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
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TableCursorTest {
    @TempDir
    Path folder;

    @Test
    void readsCellsByRow() {
        Reading table = csv("a,kind\n1,x\r\n,\"y, \"\"z\"\"\r\nw\"\n3,u\n");

        assertThat(table.columns())
                .containsExactly(
                        new DatasetColumn("a", DatasetColumn.Type.CELL, List.of()),
                        new DatasetColumn("kind", DatasetColumn.Type.CELL, List.of()));
        assertThat(table.rows())
                .containsExactly(
                        List.of("line 2", "1", "x"),
                        List.of("line 3", "", "y, \"z\"\r\nw"),
                        List.of("line 5", "3", "u"));
    }

    @Test
    void readsNumbers() throws IOException {
        try (RowCursor cursor = csv("a,b\n-2.5e1,\n").open()) {
            assertThat(cursor.subset()).isEmpty();
            assertThat(cursor.next()).isTrue();
            assertThat(cursor.number(0)).isEqualTo(-25);
            assertThat(cursor.number(1)).isNaN();
            assertThat(cursor.next()).isFalse();
        }
    }

    @Test
    void readsGzipAndByteOrderMark() {
        Reading table =
                new Reading(DatasetFormat.CSV, folder).file("rows.csv", Gzip.pack("\uFEFFa,b\n1,2\n".getBytes(UTF_8)));

        assertThat(table.columns()).extracting(DatasetColumn::name).containsExactly("a", "b");
        assertThat(table.rows()).containsExactly(List.of("line 2", "1", "2"));
    }

    @Test
    void readsFilesOneAfterTheOther() {
        Reading table = csv("a,b\n1,2\n")
                .file("empty.csv", "a,b\n")
                .file("more.csv", Gzip.pack("a,b\n3,4\n5\n7,8".getBytes(UTF_8)));

        assertThat(table.faults())
                .containsExactly("more.csv, line 3: 1 cells (expected: 2, as many as the header has)");
        assertThat(csv("a\n1\n").file("more.csv", "a\n2").rows())
                .containsExactly(List.of("rows.csv, line 2", "1"), List.of("more.csv, line 2", "2"));
    }

    @Test
    void refusesFilesWithOtherColumns() {
        assertThat(csv("a,b\n1,2\n").file("more.csv", "b,a\n3,4\n").faults())
                .containsExactly("more.csv, line 1: columns \"b,a\" (expected: \"a,b\", as in rows.csv)");
        assertThat(csv("a,b\n1,2\n").file("more.csv", "").faults())
                .containsExactly("more.csv, line 1: columns (none) (expected: \"a,b\", as in rows.csv)");
    }

    @Test
    void readsTabsWithoutQuotes() {
        Reading table = new Reading(DatasetFormat.TSV, folder).file("rows.tsv", "a\tb\n1,5\t\"x\r\n\ty\"\n");

        assertThat(table.rows()).containsExactly(List.of("line 2", "1,5", "\"x"), List.of("line 3", "", "y\""));
    }

    @Test
    void namesLineColumnAndValueOfWrongCells() throws IOException {
        try (RowCursor cursor = csv("b,a\n1,2\n\"x\ny\",seven\n3,NaN\n4, 5\n").open()) {
            cursor.next();
            cursor.next();
            assertNoNumber(cursor, "line 3, column \"a\": \"seven\" (expected: a finite decimal number)");
            cursor.next();
            assertNoNumber(cursor, "line 5, column \"a\": \"NaN\" (expected: a finite decimal number)");
            cursor.next();
            assertNoNumber(cursor, "line 6, column \"a\": \" 5\" (expected: a finite decimal number)");
        }
    }

    private static void assertNoNumber(RowCursor cursor, String message) {
        assertThatThrownBy(() -> cursor.number(1))
                .isInstanceOfSatisfying(
                        BadDataException.class,
                        fault -> assertThat(fault.isOfOneRow()).isTrue())
                .hasMessage(message);
    }

    @Test
    void namesRowsOfWrongLengthAndGoesOn() {
        assertThat(csv("a,b\n1,2\n1\n1,2,3\n\n").faults())
                .containsExactly(
                        "line 3: 1 cells (expected: 2, as many as the header has)",
                        "line 4: 3 cells (expected: 2, as many as the header has)",
                        "line 5: 1 cells (expected: 2, as many as the header has)");
    }

    @Test
    void namesHeadersThatAreEmptyOrTaken() {
        assertThat(csv("a,,a\n1,2,3\n").faults())
                .containsExactly(
                        "line 1: column 2 has no name (expected: a name for each column)",
                        "line 1: column 3 is named \"a\" again (expected: each name once)");
        assertThat(csv(",".repeat(10_000) + "\n").faults())
                .containsExactly("line 1: 10001 columns (expected: at most 10000)");
    }

    @Test
    void refusesFilesWithoutRows() {
        assertThat(csv("").faults()).containsExactly("no header row (expected: a header row and at least one row)");
        assertThat(csv("a,b\n").faults()).containsExactly("no rows (expected: a header row and at least one row)");
        assertThat(new Reading(DatasetFormat.CSV, folder).faults())
                .containsExactly("no files (expected: at least one)");
    }

    @Test
    void refusesBytesThatAreNoUtf8() {
        byte[] latin = "a\nM\u00fcnchen\n".getBytes(ISO_8859_1);

        assertThat(csv(latin).faults())
                .containsExactly("line 1: bytes that are no UTF-8, here or soon after (expected: UTF-8)");
    }

    @Test
    void refusesBrokenGzip() {
        byte[] gzip = Gzip.pack(("a\n" + rows(50_000)).getBytes(UTF_8));

        assertThat(csv(Arrays.copyOf(gzip, gzip.length / 2)).faults())
                .containsExactly("a gzip stream that ends early (expected: CSV, plain or gzip)");
        gzip[gzip.length / 2] ^= 0x55;
        gzip[gzip.length - 6] ^= 0x55;
        assertThat(csv("a\n1\n").file("more.csv", gzip).faults())
                .containsExactly("more.csv: a broken gzip stream (expected: CSV, plain or gzip)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\n\"1\"x\n", "a\n\"1\n"})
    void refusesWrongQuoting(String text) {
        assertThat(csv(text).faults())
                .containsExactly(
                        "line 2: wrong quoting (expected: RFC 4180: a quoted cell ends with a quote before comma or line"
                                + " end)");
    }

    @Test
    void refusesMoreTextThanItReads() {
        byte[] bomb = Gzip.pack(("a\n" + "0\n".repeat(1 << 20)).getBytes(UTF_8));
        assertThat(bomb.length).isLessThan(1 << 14);

        assertThat(csv(bomb)
                        .limits(ReadLimits.DEFAULT.withContentBytes(1 << 20))
                        .faults())
                .singleElement()
                .asString()
                .startsWith("line ")
                .endsWith(": more than 1048576 bytes once unpacked (expected: at most 1048576)");
    }

    @Test
    void countsTheTextOfAllFiles() {
        String half = "a\n" + "0\n".repeat(600 << 10);

        assertThat(csv(half)
                        .file("more.csv", half)
                        .limits(ReadLimits.DEFAULT.withContentBytes(2 << 20))
                        .faults())
                .singleElement()
                .asString()
                .startsWith("more.csv, line ");
    }

    @Test
    void refusesQuoteThatNeverEnds() {
        assertThat(csv("a\n\"" + "x".repeat(5 << 20)).faults())
                .containsExactly("line 2: a row of more than 4194304 characters (expected: rows that are shorter)");
    }

    @Test
    void refusesCellsWithoutEnd() {
        assertThat(csv("a\n" + ",".repeat(300_000)).faults())
                .containsExactly("line 2: a row with more than 262144 delimiters (expected: rows that are shorter)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-1", "+1", "1.", ".5", "-0.5e-3", "1E5", "007"})
    void takesDecimalNumbers(String cell) {
        assertThat(DecimalNumber.parse(cell)).hasValue(Double.parseDouble(cell));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", ".", "-", "e5", "1e", "1e999", "NaN", "Infinity", "0x1p3", "1d", "1f", " 1", "1 ", "1,5", "١"
            })
    void takesNothingElseForANumber(String cell) {
        assertThat(DecimalNumber.parse(cell)).isEmpty();
    }

    private Reading csv(String text) {
        return csv(text.getBytes(UTF_8));
    }

    private Reading csv(byte[] content) {
        return new Reading(DatasetFormat.CSV, folder).file("rows.csv", content);
    }

    private static String rows(int count) {
        return IntStream.range(0, count).mapToObj(row -> row + "\n").collect(Collectors.joining());
    }
}
