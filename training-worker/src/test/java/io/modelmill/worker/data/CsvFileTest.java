package io.modelmill.worker.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.modelmill.worker.failure.JobFailedException;
import io.modelmill.worker.plan.DataPlan;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CsvFileTest {
    private static final String TEXT = "a,kind,b\n1,x,2.5\n-3e1,y,0\n";

    @TempDir
    Path folder;

    @Test
    void readsFeaturesAndLabels() throws IOException {
        Rows rows = read(TEXT);
        assertThat(rows.featureNames()).containsExactly("a", "b");
        assertThat(rows.features()).containsExactly(1, 2.5f, -30, 0);
        assertThat(rows.labels()).containsExactly("x", "y");
        assertThat(rows.lines()).containsExactly(2, 3);
    }

    @Test
    void readsGzipByItsFirstBytes() throws IOException {
        assertThat(read(gzip(TEXT)).features()).containsExactly(1, 2.5f, -30, 0);
    }

    @Test
    void ignoresAByteOrderMark() throws IOException {
        assertThat(read("\uFEFF" + TEXT).featureNames()).containsExactly("a", "b");
    }

    @Test
    void takesTheFeaturesThatWereAskedForInThatOrder() throws IOException {
        Rows rows = read(TEXT.getBytes(StandardCharsets.UTF_8), plan("kind", "b", "a"));
        assertThat(rows.featureNames()).containsExactly("b", "a");
        assertThat(rows.features()).containsExactly(2.5f, 1, 0, -30);
    }

    @Test
    void keepsMoreRowsThanItExpected() throws IOException {
        var text = new StringBuilder("a,kind\n");
        for (int row = 0; row < 5000; row++) {
            text.append(row).append(",x\r\n");
        }
        Rows rows = read(text.toString());
        assertThat(rows.count()).isEqualTo(5000);
        assertThat(rows.features()[4999]).isEqualTo(4999);
        assertThat(rows.lines()[4999]).isEqualTo(5001);
    }

    @Test
    void namesTheLineInWhichARowBegins() {
        assertThatThrownBy(() -> read("a,kind\n1,\"x\ny\"\nbad,z\n"))
                .hasMessage("line 4, column `a`: `bad` (expected: a number)");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "NaN|line 2, column `a`: `NaN` (expected: a number)",
                "0x1p3|line 2, column `a`: `0x1p3` (expected: a number)",
                "1f|line 2, column `a`: `1f` (expected: a number)",
                "1-2|line 2, column `a`: `1-2` (expected: a number)",
                "' 1'|line 2, column `a`: ` 1` (expected: a number)",
                "''|line 2, column `a`: empty (expected: a number)",
                "1e39|line 2, column `a`: `1e39` (expected: a number from -3.4028235E38 to 3.4028235E38)",
            })
    void refusesWhatIsNoNumber(String cell, String message) {
        assertThatThrownBy(() -> read("a,kind\n" + cell + ",x\n"))
                .isInstanceOf(JobFailedException.class)
                .hasMessage(message);
    }

    @Test
    void refusesARowOfAnotherLength() {
        assertThatThrownBy(() -> read("a,kind\n1,x\n1\n"))
                .hasMessage("line 3: 1 cells (expected: 2, as in the header)");
    }

    @Test
    void refusesAnEmptyLine() {
        assertThatThrownBy(() -> read("a,kind\n1,x\n\n2,y\n"))
                .hasMessage("line 3: 1 cells (expected: 2, as in the header)");
    }

    @Test
    void refusesColumnsThatAreNotThere() {
        assertThatThrownBy(() -> read(TEXT.getBytes(StandardCharsets.UTF_8), plan("colour")))
                .hasMessage("column `colour` is not in the data set (expected one of: a, kind, b)");
        assertThatThrownBy(() -> read(TEXT.getBytes(StandardCharsets.UTF_8), plan("kind", "a", "c")))
                .hasMessage("column `c` is not in the data set (expected one of: a, kind, b)");
        assertThatThrownBy(() -> read(TEXT.getBytes(StandardCharsets.UTF_8), plan("a", "a", "b")))
                .hasMessage("column `a` is both label and feature");
        assertThatThrownBy(() -> read("kind\nx\n"))
                .hasMessage("the data set has no column beside the label `kind` (expected: at least 1)");
    }

    @Test
    void refusesTwoColumnsOfOneName() {
        assertThatThrownBy(() -> read("a,a,kind\n1,2,x\n"))
                .hasMessage("line 1: two columns are named `a` (expected: unique names)");
    }

    @Test
    void refusesAnEmptyFile() {
        assertThatThrownBy(() -> read("")).hasMessage("the data set is empty (expected: a header row)");
    }

    @Test
    void refusesOtherEncodings() {
        byte[] latin = "a,kind\n1,gr\u00fcn\n".getBytes(StandardCharsets.ISO_8859_1);
        assertThatThrownBy(() -> read(latin)).hasMessage("the data set is not UTF-8 text");
    }

    @Test
    void refusesABrokenQuote() {
        assertThatThrownBy(() -> read("a,kind\n1,\"x\n"))
                .isInstanceOf(JobFailedException.class)
                .hasMessageStartingWith("the data set is not CSV");
    }

    @Test
    void refusesABrokenGzipStream() throws IOException {
        byte[] whole = gzip(TEXT);
        assertThatThrownBy(() -> read(Arrays.copyOf(whole, whole.length - 12)))
                .isInstanceOf(JobFailedException.class)
                .hasMessageStartingWith("the data set's gzip stream is broken");
    }

    private Rows read(String text) throws IOException {
        return read(text.getBytes(StandardCharsets.UTF_8));
    }

    private Rows read(byte[] bytes) throws IOException {
        return read(bytes, plan("kind"));
    }

    private Rows read(byte[] bytes, DataPlan plan) throws IOException {
        Path file = Files.write(folder.resolve("rows"), bytes);
        return new CsvFile(file).read(plan);
    }

    private static DataPlan plan(String label, String... features) {
        return new DataPlan(label, List.of(features), 0.2, "none");
    }

    private static byte[] gzip(String text) throws IOException {
        var bytes = new ByteArrayOutputStream();
        try (var gzip = new GZIPOutputStream(bytes)) {
            gzip.write(text.getBytes(StandardCharsets.UTF_8));
        }
        return bytes.toByteArray();
    }
}
