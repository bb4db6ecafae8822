package io.modelmill.registry.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.modelmill.servicekit.error.FieldViolation;
import io.modelmill.servicekit.error.ServiceException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CsvProfilerTest {
    private static final DeclaredColumn NUMBER = new DeclaredColumn("a", Optional.of(ColumnType.NUMBER));

    @Test
    void infersTypesAndMeasures() throws Exception {
        CsvProfile profile = profile("size,label,empty\n10,yes,\n-2.5e1,no,\n9,yes,\n,maybe,\n");

        assertThat(profile)
                .isEqualTo(new CsvProfile(
                        4,
                        List.of(
                                new Column("size", ColumnType.NUMBER, List.of("-2.5e1", "9", "10"), -25, 10, 1),
                                new Column("label", ColumnType.TEXT, List.of("maybe", "no", "yes"), 0, 0, 0),
                                new Column("empty", ColumnType.TEXT, List.of(), 0, 0, 4))));
    }

    @Test
    void keepsTheTextOfNumbersInNumericOrder() throws Exception {
        assertThat(profile("label\n10\n2\n2.0\n02\n").columns().getFirst().distinctValues())
                .containsExactly("02", "2", "2.0", "10");
    }

    @Test
    void keepsNumbersThatAreDeclaredTextAsText() throws Exception {
        CsvProfile profile = profile("a\n10\n9\n", new DeclaredColumn("a", Optional.of(ColumnType.TEXT)));

        assertThat(profile.columns()).containsExactly(new Column("a", ColumnType.TEXT, List.of("9", "10"), 0, 0, 0));
    }

    @Test
    void readsQuotesCommasAndLineBreaksInCells() throws Exception {
        CsvProfile profile = profile("\"a,b\",c\r\n\"x \"\"y\"\"\r\nz\",1\r\n");

        assertThat(profile.columns())
                .extracting(Column::name, Column::distinctValues)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("a,b", List.of("x \"y\"\r\nz")),
                        org.assertj.core.groups.Tuple.tuple("c", List.of("1")));
    }

    @Test
    void readsGzipAndByteOrderMark() throws Exception {
        byte[] gzip = gzip("\uFEFFa,b\n1,2\n".getBytes(StandardCharsets.UTF_8));

        assertThat(profile(gzip, 1 << 20).columns()).extracting(Column::name).containsExactly("a", "b");
    }

    @Test
    void countsDistinctValuesUpToAThousand() throws Exception {
        String thousand = rows(1_000);
        assertThat(profile("a\n" + thousand).columns().getFirst().distinctValues())
                .hasSize(1_000);
        Column beyond = profile("a\n" + thousand + "1000\n").columns().getFirst();
        assertThat(beyond.distinctValues()).isEmpty();
        assertThat(beyond.max()).isEqualTo(1000);
    }

    @Test
    void dropsTheValuesOfTheLargestColumnsWhenAllTogetherAreTooLarge() throws Exception {
        String header = IntStream.range(0, 40).mapToObj(index -> "c" + index).collect(Collectors.joining(","));
        StringBuilder text = new StringBuilder(header).append(",label\n");
        for (int row = 0; row < 900; row++) {
            for (int column = 0; column < 40; column++) {
                text.append("0.").append(1_000_000L * (column + 1) + row).append(',');
            }
            text.append(row % 3).append('\n');
        }
        List<Column> columns = profile(text.toString()).columns();
        assertThat(columns.getLast().distinctValues()).containsExactly("0", "1", "2");
        assertThat(columns.stream().filter(column -> column.distinctValues().isEmpty()))
                .isNotEmpty();
        assertThat(columns.stream()
                        .flatMap(column -> column.distinctValues().stream())
                        .mapToInt(String::length)
                        .sum())
                .isLessThanOrEqualTo(256 << 10);
    }

    @Test
    void namesLineColumnAndValueOfWrongCells() {
        assertThat(faults("b,a\n1,2\n\"x\ny\",seven\n3,NaN\n4, 5\n", NUMBER))
                .containsExactly(
                        "line 3, column \"a\": \"seven\" (expected: a finite decimal number)",
                        "line 5, column \"a\": \"NaN\" (expected: a finite decimal number)",
                        "line 6, column \"a\": \" 5\" (expected: a finite decimal number)");
    }

    @Test
    void collectsTheFirstTwentyFaults() {
        assertThat(faults("a\n" + "x\n".repeat(30), NUMBER)).hasSize(20);
    }

    @Test
    void namesRowsOfWrongLength() {
        assertThat(faults("a,b\n1,2\n1\n1,2,3\n\n"))
                .containsExactly(
                        "line 3: 1 cells (expected: 2, as many as the header has)",
                        "line 4: 3 cells (expected: 2, as many as the header has)",
                        "line 5: 1 cells (expected: 2, as many as the header has)");
    }

    @Test
    void namesHeadersThatAreEmptyOrTaken() {
        assertThat(faults("a,,a\n1,2,3\n"))
                .containsExactly(
                        "line 1: column 2 has no name (expected: a name for each column)",
                        "line 1: column 3 is named \"a\" again (expected: each name once)");
    }

    @Test
    void namesDeclaredColumnsThatTheFileLacks() {
        ServiceException failure = catchThrowableOfType(
                ServiceException.class,
                () -> profile("a\n1\n", NUMBER, new DeclaredColumn("z", Optional.empty()), NUMBER));

        assertThat(failure.violations())
                .containsExactly(
                        new FieldViolation("dataset_version.columns[1].name", "\"z\" (expected: a column of the file)"),
                        new FieldViolation("dataset_version.columns[2].name", "\"a\" (expected: each column once)"));
    }

    @Test
    void refusesFilesWithoutRows() {
        assertThat(faults("")).containsExactly("no header row (expected: a header row and at least one row)");
        assertThat(faults("a,b\n")).containsExactly("no rows (expected: a header row and at least one row)");
    }

    @Test
    void refusesBytesThatAreNoUtf8() {
        byte[] latin = "a\nM\u00fcnchen\n".getBytes(StandardCharsets.ISO_8859_1);

        assertThat(faults(latin))
                .containsExactly("line 1: bytes that are no UTF-8, here or soon after (expected: UTF-8)");
    }

    @Test
    void refusesBrokenGzip() throws IOException {
        byte[] gzip = gzip(("a\n" + rows(5_000)).getBytes(StandardCharsets.UTF_8));

        assertThat(faults(Arrays.copyOf(gzip, gzip.length / 2)))
                .containsExactly("a gzip stream that ends early (expected: CSV, plain or gzip)");
        gzip[gzip.length / 2] ^= 0x55;
        gzip[gzip.length - 6] ^= 0x55;
        assertThat(faults(gzip)).containsExactly("a broken gzip stream (expected: CSV, plain or gzip)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\n\"1\"x\n", "a\n\"1\n"})
    void refusesWrongQuoting(String text) {
        assertThat(faults(text))
                .containsExactly(
                        "line 2: wrong quoting (expected: RFC 4180: a quoted cell ends with a quote before comma or line"
                                + " end)");
    }

    @Test
    void refusesMoreTextThanItReads() throws IOException {
        byte[] bomb = gzip(("a\n" + "0\n".repeat(1 << 20)).getBytes(StandardCharsets.UTF_8));
        assertThat(bomb.length).isLessThan(1 << 14);

        assertThatThrownBy(() -> profile(bomb, 1 << 20))
                .isInstanceOf(ServiceException.class)
                .hasMessageContaining("more than 1048576 bytes of text (expected: at most 1048576)");
    }

    @Test
    void refusesQuoteThatNeverEnds() {
        assertThat(faults("a\n\"" + "x".repeat(17 << 20)))
                .containsExactly("line 2: a row of more than 16777216 characters (expected: rows that are shorter)");
    }

    @Test
    void stopsWhenNobodyWaits() {
        byte[] text = ("a\n" + rows(5_000)).getBytes(StandardCharsets.UTF_8);

        assertThatThrownBy(
                        () -> new CsvProfiler(List.of(), 1 << 20, () -> true).profile(new ByteArrayInputStream(text)))
                .isInstanceOf(InterruptedException.class);
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

    private static CsvProfile profile(String text, DeclaredColumn... declared)
            throws IOException, InterruptedException {
        return new CsvProfiler(List.of(declared), 1L << 30, () -> false)
                .profile(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
    }

    private static CsvProfile profile(byte[] file, long largest) throws IOException, InterruptedException {
        return new CsvProfiler(List.of(), largest, () -> false).profile(new ByteArrayInputStream(file));
    }

    private static List<String> faults(String text, DeclaredColumn... declared) {
        return descriptions(catchThrowableOfType(ServiceException.class, () -> profile(text, declared)));
    }

    private static List<String> faults(byte[] file) {
        return descriptions(catchThrowableOfType(ServiceException.class, () -> profile(file, 1L << 30)));
    }

    private static List<String> descriptions(ServiceException failure) {
        assertThat(failure).isNotNull();
        return failure.violations().stream().map(FieldViolation::description).toList();
    }

    private static String rows(int count) {
        return IntStream.range(0, count).mapToObj(row -> row + "\n").collect(Collectors.joining());
    }

    private static byte[] gzip(byte[] text) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
            gzip.write(text);
        }
        return bytes.toByteArray();
    }
}
