package io.modelmill.registry.dataset;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.modelmill.dataset.DatasetFile;
import io.modelmill.dataset.DatasetFormat;
import io.modelmill.dataset.ReadLimits;
import io.modelmill.servicekit.error.FieldViolation;
import io.modelmill.servicekit.error.ServiceException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.assertj.core.groups.Tuple;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatasetProfilerTest {
    private static final DeclaredColumn NUMBER = new DeclaredColumn("a", Optional.of(ColumnType.NUMBER));

    @TempDir
    Path folder;

    @Test
    void infersTypesAndMeasures() throws Exception {
        DatasetProfile profile = profile("size,label,empty\n10,yes,\n-2.5e1,no,\n9,yes,\n,maybe,\n");

        assertThat(profile)
                .isEqualTo(new DatasetProfile(
                        4,
                        List.of(
                                new Column("size", ColumnType.NUMBER, List.of("-2.5e1", "9", "10"), -25, 10, 1),
                                new Column("label", ColumnType.TEXT, List.of("maybe", "no", "yes"), 0, 0, 0),
                                new Column("empty", ColumnType.TEXT, List.of(), 0, 0, 4)),
                        Map.of()));
    }

    @Test
    void keepsTheTextOfNumbersInNumericOrder() throws Exception {
        assertThat(profile("label\n10\n2\n2.0\n02\n").columns().getFirst().distinctValues())
                .containsExactly("02", "2", "2.0", "10");
    }

    @Test
    void keepsNumbersThatAreDeclaredTextAsText() throws Exception {
        DatasetProfile profile = profile("a\n10\n9\n", new DeclaredColumn("a", Optional.of(ColumnType.TEXT)));

        assertThat(profile.columns()).containsExactly(new Column("a", ColumnType.TEXT, List.of("9", "10"), 0, 0, 0));
    }

    @Test
    void readsQuotesCommasAndLineBreaksInCells() throws Exception {
        DatasetProfile profile = profile("\"a,b\",c\r\n\"x \"\"y\"\"\r\nz\",1\r\n");

        assertThat(profile.columns())
                .extracting(Column::name, Column::distinctValues)
                .containsExactly(Tuple.tuple("a,b", List.of("x \"y\"\r\nz")), Tuple.tuple("c", List.of("1")));
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
        assertValuesFit(profile(text.toString()).columns());
    }

    @Test
    void holdsTheValuesOfManyColumnsWithinBoundsMeanwhile() throws Exception {
        int columns = 3_000;
        StringBuilder text = new StringBuilder();
        for (int column = 0; column < columns; column++) {
            text.append('c').append(column).append(',');
        }
        text.append("label\n");
        String long200 = "x".repeat(200);
        for (int row = 0; row < 100; row++) {
            for (int column = 0; column < columns; column++) {
                text.append(long200).append(row).append(',');
            }
            text.append(row % 3).append('\n');
        }
        assertValuesFit(profile(text.toString()).columns());
    }

    private static void assertValuesFit(List<Column> columns) {
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
    void namesLineColumnAndValueOfWrongCells() throws IOException {
        assertThat(faults("b,a\n1,2\n\"x\ny\",seven\n3,NaN\n4, 5\n", NUMBER))
                .containsExactly(
                        "line 3, column \"a\": \"seven\" (expected: a finite decimal number)",
                        "line 5, column \"a\": \"NaN\" (expected: a finite decimal number)",
                        "line 6, column \"a\": \" 5\" (expected: a finite decimal number)");
    }

    @Test
    void namesRowsOfWrongLengthAmongWrongCells() throws IOException {
        assertThat(faults("a,b\nx,2\n1\n1,2,3\ny,1\n", NUMBER))
                .containsExactly(
                        "line 2, column \"a\": \"x\" (expected: a finite decimal number)",
                        "line 3: 1 cells (expected: 2, as many as the header has)",
                        "line 4: 3 cells (expected: 2, as many as the header has)",
                        "line 5, column \"a\": \"y\" (expected: a finite decimal number)");
    }

    @Test
    void collectsTheFirstTwentyFaults() throws IOException {
        assertThat(faults("a\n" + "x\n".repeat(30), NUMBER)).hasSize(20);
    }

    @Test
    void namesDeclaredColumnsThatTheFileLacks() throws IOException {
        assertThat(violations(
                        version(DatasetFormat.CSV, NUMBER, new DeclaredColumn("z", Optional.empty()), NUMBER),
                        file("rows.csv", "a\n1\n")))
                .containsExactly(
                        new FieldViolation(
                                "dataset_version.columns[1].name", "\"z\" (expected: a column of the data set)"),
                        new FieldViolation("dataset_version.columns[2].name", "\"a\" (expected: each column once)"));
    }

    @Test
    void namesFaultsOfNamedFilesByTheirNames() throws IOException {
        DatasetFile first = file("1.csv", "a\n1\n");
        DatasetFile second = file("2.csv", "a\nx\n");

        assertThat(violations(
                        new NewDatasetVersion(
                                DatasetFormat.CSV,
                                "",
                                List.of(
                                        new NewDatasetVersion.NamedFile("1.csv", ""),
                                        new NewDatasetVersion.NamedFile("2.csv", "")),
                                List.of(NUMBER)),
                        first,
                        second))
                .containsExactly(new FieldViolation(
                        "dataset_version.files",
                        "2.csv, line 2, column \"a\": \"x\" (expected: a finite decimal number)"));
    }

    @Test
    void describesTensorsNumbersAndTextsOfArrays() throws Exception {
        DatasetFile arrays = npz(Map.of(
                "x_train", npy("'<f4', 'fortran_order': False, 'shape': (2, 3)", new byte[24]),
                "x_test", npy("'<f4', 'fortran_order': False, 'shape': (1, 3)", new byte[12]),
                "y_train", npy("'|u1', 'fortran_order': False, 'shape': (2,)", new byte[] {7, 9}),
                "y_test", npy("'|u1', 'fortran_order': False, 'shape': (1,)", new byte[] {7}),
                "z_train", npy("'|S1', 'fortran_order': False, 'shape': (2,)", "12".getBytes(UTF_8)),
                "z_test", npy("'|S1', 'fortran_order': False, 'shape': (1,)", "3".getBytes(UTF_8))));

        DatasetProfile profile =
                profiler(version(DatasetFormat.NPZ), () -> false).profile(List.of(arrays));

        assertThat(profile.rowCount()).isEqualTo(3);
        assertThat(profile.subsetRowCounts()).containsExactly(Map.entry("train", 2L), Map.entry("test", 1L));
        assertThat(profile.columns())
                .containsExactlyInAnyOrder(
                        Column.tensor("x", List.of(3L), "FP32"),
                        new Column("y", ColumnType.NUMBER, List.of("7", "9"), 7, 9, 0),
                        new Column("z", ColumnType.TEXT, List.of("1", "2", "3"), 0, 0, 0));
    }

    @Test
    void refusesTensorsThatAreNotFinite() throws IOException {
        byte[] values = {0, 0, 0, 0, 0, 0, (byte) 0xc0, 0x7f};
        DatasetFile arrays = npz(Map.of("x", npy("'<f4', 'fortran_order': False, 'shape': (1, 2)", values)));

        assertThat(violations(version(DatasetFormat.NPZ), arrays))
                .containsExactly(new FieldViolation(
                        "dataset_version.sha256", "row 1, column \"x\": NaN (expected: a finite number of 32 bits)"));
    }

    @Test
    void refusesDeclaredTypesThatAColumnCannotHave() throws IOException {
        DatasetFile arrays = npz(Map.of("x", npy("'<f4', 'fortran_order': False, 'shape': (1, 2)", new byte[8])));

        assertThat(violations(
                        version(DatasetFormat.NPZ, new DeclaredColumn("x", Optional.of(ColumnType.NUMBER))), arrays))
                .containsExactly(new FieldViolation(
                        "dataset_version.columns[0].type",
                        "\"TYPE_NUMBER\" (expected: TYPE_TENSOR, which the column is)"));
        assertThat(violations(
                        version(DatasetFormat.CSV, new DeclaredColumn("a", Optional.of(ColumnType.TENSOR))),
                        file("rows.csv", "a\n1\n")))
                .containsExactly(new FieldViolation(
                        "dataset_version.columns[0].type",
                        "\"TYPE_TENSOR\" (expected: TYPE_NUMBER or TYPE_TEXT, for the column is no tensor)"));
    }

    @Test
    void takesLinesForTextEvenIfTheyAreNumbers() throws Exception {
        DatasetProfile profile =
                profiler(version(DatasetFormat.TEXT), () -> false).profile(List.of(file("text.txt", "1\n\n2\n")));

        assertThat(profile.columns()).containsExactly(new Column("text", ColumnType.TEXT, List.of("1", "2"), 0, 0, 1));
        assertThat(profile.rowCount()).isEqualTo(3);
    }

    @Test
    void stopsWhenNobodyWaits() throws IOException {
        DatasetFile file = file("rows.csv", "a\n" + rows(5_000));

        assertThatThrownBy(
                        () -> profiler(version(DatasetFormat.CSV), () -> true).profile(List.of(file)))
                .isInstanceOf(InterruptedException.class);
    }

    @Test
    void aFileThatCannotBeReadIsNoFaultOfTheCaller() {
        DatasetFile gone = new DatasetFile("rows.csv", folder.resolve("gone"));

        assertThatThrownBy(
                        () -> profiler(version(DatasetFormat.CSV), () -> false).profile(List.of(gone)))
                .isInstanceOf(IOException.class);
    }

    private DatasetProfile profile(String text, DeclaredColumn... declared) throws IOException, InterruptedException {
        return profiler(version(DatasetFormat.CSV, declared), () -> false).profile(List.of(file("rows.csv", text)));
    }

    private List<String> faults(String text, DeclaredColumn... declared) throws IOException {
        List<FieldViolation> violations = violations(version(DatasetFormat.CSV, declared), file("rows.csv", text));
        assertThat(violations).extracting(FieldViolation::field).containsOnly("dataset_version.sha256");
        return violations.stream().map(FieldViolation::description).toList();
    }

    private static List<FieldViolation> violations(NewDatasetVersion version, DatasetFile... files) {
        ServiceException failure = catchThrowableOfType(
                ServiceException.class, () -> profiler(version, () -> false).profile(List.of(files)));
        assertThat(failure).isNotNull();
        return failure.violations();
    }

    private static DatasetProfiler profiler(NewDatasetVersion version, BooleanSupplier cancelled) {
        return new DatasetProfiler(version, ReadLimits.DEFAULT, cancelled);
    }

    private static NewDatasetVersion version(DatasetFormat format, DeclaredColumn... declared) {
        return new NewDatasetVersion(format, "", List.of(), List.of(declared));
    }

    private DatasetFile file(String name, String text) throws IOException {
        return new DatasetFile(name, Files.writeString(folder.resolve(name), text));
    }

    private DatasetFile npz(Map<String, byte[]> arrays) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            for (String name : new ArrayList<>(arrays.keySet())) {
                zip.putNextEntry(new ZipEntry(name + ".npy"));
                zip.write(arrays.get(name));
                zip.closeEntry();
            }
        }
        return new DatasetFile("arrays.npz", Files.write(folder.resolve("arrays.npz"), bytes.toByteArray()));
    }

    private static byte[] npy(String header, byte[] items) {
        byte[] text = ("{'descr': " + header + ", }\n").getBytes(UTF_8);
        byte[] start = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, (byte) text.length, 0};
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes(start);
        bytes.writeBytes(text);
        bytes.writeBytes(items);
        return bytes.toByteArray();
    }

    private static String rows(int count) {
        return IntStream.range(0, count).mapToObj(row -> row + "\n").collect(Collectors.joining());
    }
}
