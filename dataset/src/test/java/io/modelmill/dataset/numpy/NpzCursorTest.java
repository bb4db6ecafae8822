package io.modelmill.dataset.numpy;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.modelmill.dataset.DatasetColumn;
import io.modelmill.dataset.DatasetColumn.Type;
import io.modelmill.dataset.DatasetFormat;
import io.modelmill.dataset.RowCursor;
import io.modelmill.dataset.fixture.Npy;
import io.modelmill.dataset.fixture.Reading;
import io.modelmill.dataset.fixture.Zips;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NpzCursorTest {
    @TempDir
    Path folder;

    @Test
    void readsArraysSideBySide() {
        Reading set = npz(
                "x.npy", Npy.of("<f4", "(2, 3)", Npy.floats(0.5f, -1, 2, 3, 4, 1e10f)),
                "image.npy", Npy.of("|u1", "(2, 1, 2)", Npy.bytes(0, 255, 7, 8)),
                "y.npy", Npy.of("|u1", "(2,)", Npy.bytes(3, 200)));

        assertThat(set.columns())
                .containsExactly(
                        new DatasetColumn("x", Type.FLOATS, List.of(3L)),
                        new DatasetColumn("image", Type.BYTES, List.of(1L, 1L, 2L)),
                        new DatasetColumn("y", Type.NUMBER, List.of()));
        assertThat(set.rows())
                .containsExactly(
                        List.of("row 1", "[0.5, -1.0, 2.0]", "[0, 255]", "3=3.0"),
                        List.of("row 2", "[3.0, 4.0, 1.0E10]", "[7, 8]", "200=200.0"));
    }

    @Test
    void readsSubsetsInTheirOrder() {
        byte[] one = Npy.of("|u1", "(1,)", Npy.bytes(1));
        Reading set = npz(
                "y_test.npy", one,
                "x_test.npy", Npy.of("|u1", "(1, 2)", Npy.bytes(5, 6)),
                "x_validation.npy", Npy.of("|u1", "(0, 2)", Npy.bytes()),
                "y_validation.npy", Npy.of("|u1", "(0,)", Npy.bytes()),
                "x_train.npy", Npy.of("|u1", "(2, 2)", Npy.bytes(1, 2, 3, 4)),
                "y_train.npy", Npy.of("|u1", "(2,)", Npy.bytes(7, 8)));

        assertThat(set.columns()).extracting(DatasetColumn::name).containsExactly("x", "y");
        assertThat(set.rows())
                .containsExactly(
                        List.of("train, row 1", "TRAIN", "[1, 2]", "7=7.0"),
                        List.of("train, row 2", "TRAIN", "[3, 4]", "8=8.0"),
                        List.of("test, row 1", "TEST", "[5, 6]", "1=1.0"));
    }

    @ParameterizedTest
    @CsvSource({
        "<f2, 00c1, -2.5=-2.5",
        "<f4, 0000c03f, 1.5=1.5",
        ">f4, 40400000, 3=3.0",
        "<f8, 9a9999999999b93f, 0.1=0.1",
        ">f8, c000000000000000, -2=-2.0",
        "<f4, 0000c07f, =NaN",
        "|i1, fe, -2=-2.0",
        "|u1, fe, 254=254.0",
        "<i2, feff, -2=-2.0",
        ">u2, fffe, 65534=65534.0",
        "<i4, feffffff, -2=-2.0",
        "<u4, feffffff, 4294967294=4.294967294E9",
        ">i8, fffffffffffffffe, -2=-2.0",
        "<u8, ffffffffffffffff, 18446744073709551615=1.8446744073709552E19",
        "|b1, 01, 1=1.0",
        "|b1, 00, 0=0.0",
    })
    void readsNumbers(String type, String item, String expected) {
        byte[] bytes = HexFormat.of().parseHex(item);

        assertThat(npz("a.npy", Npy.of(type, "(1,)", bytes)).rows()).containsExactly(List.of("row 1", expected));
        // A column of one number is the same.
        assertThat(npz("a.npy", Npy.of(type, "(1, 1)", bytes)).rows()).containsExactly(List.of("row 1", expected));
    }

    @ParameterizedTest
    @CsvSource({
        "<U3, 610000004ff40100" + "00000000, a\uD83D\uDC4F",
        ">U2, 0000006100000000, a",
        "|S4, c3bc0000, \u00fc",
        "<U1, 00000000, ''"
    })
    void readsTexts(String type, String item, String expected) {
        byte[] bytes = HexFormat.of().parseHex(item);

        Reading texts = npz("a.npy", Npy.of(type, "(1,)", bytes));

        assertThat(texts.columns()).containsExactly(new DatasetColumn("a", Type.CELL, List.of()));
        assertThat(texts.rows()).containsExactly(List.of("row 1", expected));
    }

    @Test
    void readsNumbersInTexts() throws IOException {
        try (RowCursor cursor =
                npz("a.npy", Npy.of("|S3", "(2,)", "2.5abc".getBytes(UTF_8))).open()) {
            cursor.next();
            assertThat(cursor.number(0)).isEqualTo(2.5);
            cursor.next();
            assertThatThrownBy(() -> cursor.number(0))
                    .hasMessage("row 2, column \"a\": \"abc\" (expected: a finite decimal number)");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void readsEachVersionOfTheFormat(int version) {
        byte[] array = Npy.withHeader(version, "{\"shape\":(2L,),'fortran_order':True,'descr':'|u1'}", Npy.bytes(4, 5));

        assertThat(npz("a.npy", array).rows()).containsExactly(List.of("row 1", "4=4.0"), List.of("row 2", "5=5.0"));
    }

    @Test
    void readsStoredEntries() {
        byte[] zip = Zips.stored(Map.of("a.npy", Npy.of("|u1", "(2,)", Npy.bytes(4, 5))));

        assertThat(new Reading(DatasetFormat.NPZ, folder).file("a.npz", zip).rows())
                .hasSize(2);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "{'descr': '|O', 'fortran_order': False, 'shape': (1,)};a.npy: Python objects, which are pickled and are"
                        + " not read (expected: numbers or texts)",
                "{'descr': '<c8', 'fortran_order': False, 'shape': (1,)};a.npy: type \"<c8\" (expected: numbers, i u f b,"
                        + " or texts, U S)",
                "{'descr': '<f16', 'fortran_order': False, 'shape': (1,)};a.npy: type \"<f16\" (expected: numbers, i u f"
                        + " b, or texts, U S)",
                "{'descr': '<M8[ns]', 'fortran_order': False, 'shape': (1,)};a.npy: type \"<M8[ns]\" (expected: numbers, i"
                        + " u f b, or texts, U S)",
                "{'descr': '<U999999999', 'fortran_order': False, 'shape': (1,)};a.npy: texts of 3999999996 bytes"
                        + " (expected: 1 to 4194304)",
                "{'descr': '<U0', 'fortran_order': False, 'shape': (1,)};a.npy: texts of 0 bytes (expected: 1 to 4194304)",
                "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)};a.npy: items of several fields"
                        + " (expected: an array for each field)",
                "{'descr': '|u1', 'fortran_order': True, 'shape': (2, 2)};a.npy: Fortran order (expected: C order, which"
                        + " numpy.ascontiguousarray makes)",
                "{'descr': '|u1', 'fortran_order': False, 'shape': ()};a.npy: a single value (expected: an array whose"
                        + " first axis is the rows)",
                "{'descr': '|S2', 'fortran_order': False, 'shape': (1, 2)};a.npy: texts of shape [1, 2] (expected: one"
                        + " axis)",
                "{'descr': '|u1', 'fortran_order': False, 'shape': (9223372036854775807, 0)};a.npy: shape"
                        + " [9223372036854775807, 0] of 1 bytes each (expected: rows of 1 to 16777216 bytes)",
                "{'descr': '<f8', 'fortran_order': False, 'shape': (1, 4294967296, 4294967296)};a.npy: shape [1,"
                        + " 4294967296, 4294967296] of 8 bytes each (expected: rows of 1 to 16777216 bytes)",
                "{'descr': '<f8', 'fortran_order': False, 'shape': (2305843009213693952,)};a.npy: 4 bytes of items"
                        + " (expected: 2305843009213693952 rows of 8 bytes, as its header says)",
                "{'descr': '|u1', 'fortran_order': False, 'shape': (3,)};a.npy: 4 bytes of items (expected: 3 rows of 1"
                        + " bytes, as its header says)",
                "{'descr': '|u1', 'fortran_order': False, 'shape': (99999999999999999999,)};a.npy: header \"{'descr':"
                        + " '|u1', 'fortran_order': False, 'shape': (999999999...\" (expected: descr, fortran_order and"
                        + " shape)",
                "{'descr': '|u1', 'shape': (3,)};a.npy: header \"{'descr': '|u1', 'shape': (3,)}\" (expected: descr,"
                        + " fortran_order and shape)",
                "{'descr': '|u1', 'fortran_order': False, 'shape': (1,)} x;a.npy: header \"{'descr': '|u1',"
                        + " 'fortran_order': False, 'shape': (1,)} x\" (expected: descr, fortran_order and shape)",
                "__import__('os');a.npy: header \"__import__('os')\" (expected: descr, fortran_order and shape)"
            })
    void refusesHeaders(String header, String message) {
        assertThat(npz("a.npy", Npy.withHeader(header, new byte[4])).faults()).containsExactly(message);
    }

    @Test
    void refusesWhatIsNoArray() {
        assertThat(npz("a.npy", "hello, world".getBytes(UTF_8)).faults())
                .containsExactly("a.npy: no array (expected: a file that begins with \\x93NUMPY)");
        assertThat(npz("a.npy", "hi".getBytes(UTF_8)).faults())
                .containsExactly("a.npy: ends within its header (expected: an array)");
        assertThat(npz("a.npy", Npy.withHeader(4, "{}", new byte[0])).faults())
                .containsExactly("a.npy: version 4 of the format (expected: 1, 2 or 3)");
        byte[] huge = Npy.withHeader(2, "{}", new byte[0]);
        huge[11] = 0x7f;
        assertThat(npz("a.npy", huge).faults())
                .containsExactly("a.npy: a header of 2130706484 bytes (expected: at most 65536)");
        assertThat(npz("../a.txt", new byte[0]).faults())
                .containsExactly(
                        "entry 1 of the zip's directory is named \"../a.txt\" (expected: a path below its folder,"
                                + " such as a/b.png)");
        assertThat(npz("a.txt", new byte[0]).faults()).containsExactly("\"a.txt\": no array (expected: NAME.npy)");
        assertThat(npz().faults()).containsExactly("no arrays (expected: at least one)");
    }

    @Test
    void refusesNumbersThatAreNotFinite() {
        assertThat(npz("a.npy", Npy.of("<f4", "(2, 1)", Npy.floats(1, Float.NEGATIVE_INFINITY)))
                        .faults())
                .containsExactly("row 2, column \"a\": -Infinity (expected: a finite number)");
        assertThat(npz("a.npy", Npy.of("<f4", "(1, 2)", Npy.floats(1, Float.NaN)))
                        .faults())
                .containsExactly("row 1, column \"a\": NaN (expected: a finite number of 32 bits)");
        byte[] large = HexFormat.of().parseHex("0000000000000000ffffffffffffef7f");
        assertThat(npz("a.npy", Npy.of("<f8", "(1, 2)", large)).faults())
                .containsExactly("row 1, column \"a\": 1.7976931348623157E308 (expected: a finite number of 32 bits)");
    }

    @Test
    void refusesTextsThatAreNone() {
        assertThat(npz("a.npy", Npy.of("<U1", "(1,)", Npy.bytes(0, 0xd8, 0, 0))).faults())
                .containsExactly("row 1, column \"a\": 0xd800 (expected: a character of Unicode)");
        assertThat(npz("a.npy", Npy.of("|S1", "(1,)", Npy.bytes(0xfc))).faults())
                .containsExactly("row 1, column \"a\": bytes that are no UTF-8 (expected: UTF-8)");
    }

    @Test
    void refusesArraysThatDoNotGoTogether() {
        byte[] two = Npy.of("|u1", "(2,)", Npy.bytes(1, 2));
        byte[] three = Npy.of("|u1", "(3,)", Npy.bytes(1, 2, 3));

        assertThat(npz("a.npy", two, "b.npy", three).faults())
                .containsExactly("b.npy: 3 rows (expected: 2, as many as a.npy has)");
        assertThat(npz("a_train.npy", two, "b.npy", two).faults())
                .containsExactly("b.npy: a name that tells no subset, while others do (expected: one that ends with"
                        + " _train, _validation or _test)");
        assertThat(npz("a_test.npy", two, "a_train.npy", two, "b_train.npy", two)
                        .faults())
                .containsExactly("no array \"b_test\" (expected: one, as there is \"b_train.npy\")");
        assertThat(npz("b_test.npy", two, "a_test.npy", two, "a_train.npy", two).faults())
                .containsExactly(
                        "b_test.npy: an array that the subset train lacks (expected: the same arrays in each subset)");
        assertThat(npz("a_train.npy", two, "a_test.npy", Npy.of("|u1", "(1, 2)", Npy.bytes(1, 2)))
                        .faults())
                .containsExactly("a_test.npy: bytes of shape [2] (expected: a number a row, as a_train.npy has)");
    }

    @Test
    void refusesDataSetsWithoutRows() {
        assertThat(npz("a.npy", Npy.of("|u1", "(0,)", Npy.bytes())).faults())
                .containsExactly("no rows (expected: at least one)");
    }

    @Test
    void refusesTooManyArraysAndTooLargeRows() {
        Map<String, byte[]> many = new LinkedHashMap<>();
        for (int index = 0; index <= 256; index++) {
            many.put("a" + index + ".npy", Npy.of("|u1", "(1,)", Npy.bytes(1)));
        }
        assertThat(npz(many).faults()).containsExactly("more than 256 arrays (expected: at most 256)");
        byte[] large = Npy.of("|u1", "(1, 10000000)", new byte[10_000_000]);
        assertThat(npz("a.npy", large, "b.npy", large).faults())
                .containsExactly("rows of 20000000 bytes in all arrays (expected: at most 16777216)");
    }

    @Test
    void refusesMoreThanOneFile() {
        assertThat(npz("a.npy", Npy.of("|u1", "(1,)", Npy.bytes(1)))
                        .file("b.npz", new byte[0])
                        .faults())
                .containsExactly("2 files (expected: one npz)");
    }

    @Test
    void namesTheRowAndGoesOnBehindWrongValues() {
        assertThat(npz("a.npy", Npy.of("|S1", "(3,)", Npy.bytes(0xfc, 'x', 0xfc)))
                        .faults())
                .hasSize(2)
                .allMatch(fault -> fault.startsWith("row 1, ") || fault.startsWith("row 3, "));
    }

    private Reading npz(Object... namesAndArrays) {
        Map<String, byte[]> entries = new LinkedHashMap<>();
        for (int index = 0; index < namesAndArrays.length; index += 2) {
            entries.put((String) namesAndArrays[index], (byte[]) namesAndArrays[index + 1]);
        }
        return npz(entries);
    }

    private Reading npz(Map<String, byte[]> entries) {
        return new Reading(DatasetFormat.NPZ, folder).file("set.npz", Zips.deflated(entries));
    }
}
