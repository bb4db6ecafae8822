package io.modelmill.dataset.numpy;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelmill.dataset.DatasetColumn;
import io.modelmill.dataset.DatasetColumn.Type;
import io.modelmill.dataset.DatasetFormat;
import io.modelmill.dataset.fixture.Reading;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that NumPy itself wrote, by the lines of {@code README.md} beside them. */
class NumPyFilesTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"numbers", "numbers-compressed", "numbers-big-endian"})
    void readsEachTypeOfNumbers(String name) {
        Reading set = file(name);

        assertThat(set.columns())
                .containsExactlyElementsOf(Arrays.stream("f2 f4 f8 i1 i2 i4 i8 u1 u2 u4 u8 b1".split(" ", -1))
                        .map(type -> new DatasetColumn(type, Type.NUMBER, List.of()))
                        .toList());
        String zero = "0=0.0";
        assertThat(set.rows())
                .containsExactly(
                        List.of(
                                "row 1",
                                "0.099975586=0.0999755859375",
                                "0.1=0.10000000149011612",
                                "0.1=0.1",
                                zero,
                                zero,
                                zero,
                                zero,
                                zero,
                                zero,
                                zero,
                                zero,
                                zero),
                        List.of(
                                "row 2",
                                "-65504=-65504.0",
                                "-3.4028235E38=-3.4028234663852886E38",
                                "-1.7976931348623157E308=-1.7976931348623157E308",
                                "-128=-128.0",
                                "-32768=-32768.0",
                                "-2147483648=-2.147483648E9",
                                "-9223372036854775808=-9.223372036854776E18",
                                "1=1.0",
                                "1=1.0",
                                "1=1.0",
                                "1=1.0",
                                "1=1.0"),
                        List.of(
                                "row 3",
                                "=NaN",
                                "=NaN",
                                "=NaN",
                                "127=127.0",
                                "32767=32767.0",
                                "2147483647=2.147483647E9",
                                "9223372036854775807=9.223372036854776E18",
                                "255=255.0",
                                "65535=65535.0",
                                "4294967295=4.294967295E9",
                                "18446744073709551615=1.8446744073709552E19",
                                "1=1.0"));
    }

    @Test
    void readsTexts() {
        Reading set = file("texts");

        assertThat(set.columns()).extracting(DatasetColumn::type).containsExactly(Type.CELL, Type.CELL, Type.CELL);
        assertThat(set.rows())
                .containsExactly(
                        List.of("row 1", "", "", "no"),
                        List.of("row 2", "Z\u00fcrich", "Z\u00fcrich", "Z\u00fcrich"),
                        List.of("row 3", "a\uD83D\uDC4Fb", "a\uD83D\uDC4Fb", "12.5"));
    }

    @Test
    void readsRowsOfSeveralAxes() {
        Reading set = file("axes");

        assertThat(set.columns())
                .containsExactly(
                        new DatasetColumn("f4", Type.FLOATS, List.of(3L)),
                        new DatasetColumn("f8", Type.FLOATS, List.of(2L, 2L)),
                        new DatasetColumn("i8", Type.FLOATS, List.of(2L)),
                        new DatasetColumn("b1", Type.FLOATS, List.of(2L)),
                        new DatasetColumn("u1", Type.BYTES, List.of(3L)),
                        new DatasetColumn("grey", Type.BYTES, List.of(1L, 2L, 3L)),
                        new DatasetColumn("colour", Type.BYTES, List.of(3L, 2L, 2L)),
                        new DatasetColumn("image", Type.FLOATS, List.of(1L, 2L, 2L)),
                        new DatasetColumn("one", Type.NUMBER, List.of()));
        assertThat(set.rows())
                .containsExactly(
                        List.of(
                                "row 1",
                                "[0.5, -1.0, 1.0E10]",
                                "[0.0, 0.125, 0.25, 0.375]",
                                "[1.0, -1.6777216E7]",
                                "[1.0, 0.0]",
                                "[0, 255, 1]",
                                "[0, 1, 2, 3, 4, 5]",
                                "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]",
                                "[0.0, 1.0, 2.0, 3.0]",
                                "7=7.0"),
                        List.of(
                                "row 2",
                                "[2.0, 3.0, 1.0E-10]",
                                "[0.5, 0.625, 0.75, 0.875]",
                                "[3.0, 4.0]",
                                "[0.0, 1.0]",
                                "[2, 3, 4]",
                                "[6, 7, 8, 9, 10, 11]",
                                "[12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23]",
                                "[4.0, 5.0, 6.0, 7.0]",
                                "8=8.0"));
    }

    @Test
    void readsWhatWasAView() {
        assertThat(file("views").rows())
                .containsExactly(
                        List.of("row 1", "[0.0, 1.0, 2.0]", "[2.0, 1.0, 0.0]", "9=9.0", "4=4.0"),
                        List.of("row 2", "[6.0, 7.0, 8.0]", "[5.0, 4.0, 3.0]", "9=9.0", "7=7.0"));
    }

    @Test
    void readsSubsets() {
        assertThat(file("subsets").rows())
                .containsExactly(
                        List.of("train, row 1", "TRAIN", "[0, 1, 2, 3]", "5=5.0"),
                        List.of("train, row 2", "TRAIN", "[4, 5, 6, 7]", "6=6.0"),
                        List.of("test, row 1", "TEST", "[200, 200, 200, 200]", "1=1.0"));
    }

    @Test
    void readsArraysWithoutNames() {
        Reading set = file("positions");

        assertThat(set.columns()).extracting(DatasetColumn::name).containsExactly("arr_0", "arr_1");
        assertThat(set.rows()).containsExactly(List.of("row 1", "1.5=1.5", "a"), List.of("row 2", "2.5=2.5", "b"));
    }

    @Test
    void readsEachVersionOfTheFormat() {
        assertThat(file("versions").rows())
                .containsExactly(
                        List.of("row 1", "1=1.0", "2=2.0", "3=3.0"),
                        List.of("row 2", "0.25=0.25", "0.25=0.25", "0.25=0.25"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"pipe", "pipe-compressed"})
    void readsWhatWentThroughAPipe(String name) {
        assertThat(file(name).rows())
                .containsExactly(List.of("row 1", "[1.0, 2.0]", "7=7.0"), List.of("row 2", "[3.0, 4.0]", "8=8.0"));
    }

    @Test
    void readsOneNumberARowInFortranOrder() {
        assertThat(file("fortran-numbers").rows())
                .containsExactly(List.of("row 1", "1=1.0", "3=3.0"), List.of("row 2", "2=2.0", "4=4.0"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "fortran | a.npy: Fortran order (expected: C order, which numpy.ascontiguousarray makes)",
                "transposed | a.npy: Fortran order (expected: C order, which numpy.ascontiguousarray makes)",
                "objects | a.npy: Python objects, which are pickled and are not read (expected: numbers or texts)",
                "strings | a.npy: Python objects, which are pickled and are not read (expected: numbers or texts)",
                "complex | a.npy: type \"<c16\" (expected: numbers, i u f b, or texts, U S)",
                "long-double | a.npy: type \"<f16\" (expected: numbers, i u f b, or texts, U S)",
                "dates | a.npy: type \"<M8[D]\" (expected: numbers, i u f b, or texts, U S)",
                "fields | a.npy: items of several fields (expected: an array for each field)",
                "single | a.npy: a single value (expected: an array whose first axis is the rows)",
                "text-table | a.npy: texts of shape [2, 2] (expected: one axis)",
                "lengths | b.npy: 3 rows (expected: 2, as many as a.npy has)",
                "no-rows | no rows (expected: at least one)",
            })
    void refuses(String name, String fault) {
        assertThat(file(name).faults()).containsExactly(fault);
    }

    @Test
    void refusesInfinities() {
        assertThat(file("infinite").faults())
                .containsExactly(
                        "row 1, column \"b\": -Infinity (expected: a finite number of 32 bits)",
                        "row 2, column \"a\": Infinity (expected: a finite number)");
    }

    private Reading file(String name) {
        String file = name + ".npz";
        try (InputStream content = NumPyFilesTest.class.getResourceAsStream("/numpy/" + file)) {
            return new Reading(DatasetFormat.NPZ, folder)
                    .file(file, Objects.requireNonNull(content, file).readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
