package io.modelmill.dataset.idx;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelmill.dataset.DatasetColumn;
import io.modelmill.dataset.DatasetFormat;
import io.modelmill.dataset.ReadLimits;
import io.modelmill.dataset.fixture.Gzip;
import io.modelmill.dataset.fixture.IdxBytes;
import io.modelmill.dataset.fixture.Reading;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IdxCursorTest {
    private static final byte[] IMAGES = IdxBytes.counting(2, 2, 3);
    private static final byte[] LABELS = IdxBytes.of(new byte[] {7, (byte) 200}, 2);

    @TempDir
    Path folder;

    @Test
    void readsImagesAndLabels() {
        Reading digits = pair(IMAGES, LABELS);

        assertThat(digits.columns())
                .containsExactly(
                        new DatasetColumn("image", DatasetColumn.Type.BYTES, List.of(1L, 2L, 3L)),
                        new DatasetColumn("label", DatasetColumn.Type.NUMBER, List.of()));
        assertThat(digits.rows())
                .containsExactly(
                        List.of("train, row 1", "TRAIN", "[0, 1, 2, 3, 4, 5]", "7=7.0"),
                        List.of("train, row 2", "TRAIN", "[6, 7, 8, 9, 10, 11]", "200=200.0"));
    }

    @Test
    void readsSubsetsInTheirOrderWhateverTheFilesOrder() {
        Reading digits = reading()
                .file("t10k-labels-idx1-ubyte.gz", Gzip.pack(IdxBytes.counting(1)))
                .file("train-labels.idx1-ubyte", LABELS)
                .file("validation-images-idx3-ubyte", IdxBytes.counting(0, 2, 3))
                .file("validation-labels-idx1-ubyte", IdxBytes.counting(0))
                .file("train-images.idx3-ubyte", Gzip.pack(IMAGES))
                .file("t10k-images-idx3-ubyte.gz", IdxBytes.counting(1, 2, 3));

        assertThat(digits.rows())
                .extracting(List::getFirst)
                .containsExactly("train, row 1", "train, row 2", "test, row 1");
    }

    @ParameterizedTest
    @CsvSource({"train,TRAIN", "validation,VALIDATION", "test,TEST", "t10k,TEST"})
    void tellsSubsetsByNames(String prefix, String subset) {
        Reading digits =
                reading().file(prefix + "-images-idx3-ubyte", IMAGES).file(prefix + "-labels-idx1-ubyte", LABELS);

        assertThat(digits.rows()).extracting(row -> row.get(1)).containsOnly(subset);
    }

    @Test
    void refusesFilesThatMakeNoPairs() {
        assertThat(reading().file("digits.bin", IMAGES).faults())
                .containsExactly("digits.bin: a name that tells nothing (expected: such as train-images-idx3-ubyte,"
                        + " train-labels-idx1-ubyte, t10k-images-idx3-ubyte)");
        assertThat(reading().file("train-images-idx3-ubyte", IMAGES).faults())
                .containsExactly("train-images-idx3-ubyte: images alone (expected: a file of their labels too)");
        assertThat(reading().file("t10k-labels-idx1-ubyte", IMAGES).faults())
                .containsExactly("t10k-labels-idx1-ubyte: labels alone (expected: a file of their images too)");
        assertThat(pair(IMAGES, LABELS).file("train-images.idx3-ubyte", IMAGES).faults())
                .containsExactly("train-images.idx3-ubyte: the images of a subset that train-images-idx3-ubyte has"
                        + " already (expected: one file)");
    }

    @Test
    void refusesOtherTypesThanBytes() {
        byte[] floats = IMAGES.clone();
        floats[2] = 0x0d;

        assertThat(pair(floats, LABELS).faults())
                .containsExactly("train-images-idx3-ubyte: begins with 0x00000d03 (expected: 0x00000803, unsigned bytes"
                        + " of 3 axes)");
        assertThat(pair(IMAGES, IMAGES).faults())
                .containsExactly("train-labels-idx1-ubyte: begins with 0x00000803 (expected: 0x00000801, unsigned bytes"
                        + " of 1 axes)");
    }

    @Test
    void refusesOtherNumbersOfLabels() {
        assertThat(pair(IMAGES, IdxBytes.counting(3)).faults())
                .containsExactly("train-labels-idx1-ubyte: 3 labels (expected: 2, as many as there are images)");
    }

    @Test
    void refusesFilesThatEndEarlyOrLate() {
        assertThat(pair(Arrays.copyOf(IMAGES, 9), LABELS).faults())
                .containsExactly("train-images-idx3-ubyte: ends within its header (expected: an IDX file)");
        assertThat(pair(Arrays.copyOf(IMAGES, IMAGES.length - 1), LABELS).faults())
                .containsExactly("train-images-idx3-ubyte: ends within item 2 (expected: 2 items of 6 bytes)");
        assertThat(pair(IMAGES, Arrays.copyOf(LABELS, LABELS.length + 1)).faults())
                .containsExactly("train-labels-idx1-ubyte: more bytes behind the last item (expected: 2 items)");
        byte[] gzip = Gzip.pack(IMAGES);
        assertThat(pair(Arrays.copyOf(gzip, gzip.length - 9), LABELS).faults())
                .containsExactly("train-images-idx3-ubyte: a gzip stream that ends early (expected: an IDX file, plain"
                        + " or gzip)");
    }

    @Test
    void refusesImagesWithoutPixelsOrWithTooMany() {
        assertThat(pair(IdxBytes.of(new byte[0], 2, 0, 3), LABELS).faults())
                .containsExactly("train-images-idx3-ubyte: images of 0x3 (expected: 1 to 16777216 pixels)");
        assertThat(pair(IdxBytes.of(new byte[0], 2, -1, -1), LABELS).faults())
                .containsExactly(
                        "train-images-idx3-ubyte: images of 4294967295x4294967295 (expected: 1 to 16777216 pixels)");
        assertThat(pair(IdxBytes.of(new byte[0], 2, 4097, 4096), LABELS).faults())
                .containsExactly("train-images-idx3-ubyte: images of 4097x4096 (expected: 1 to 16777216 pixels)");
    }

    @Test
    void refusesImagesOfAnotherSize() {
        assertThat(pair(IMAGES, LABELS)
                        .file("test-images-idx3-ubyte", IdxBytes.counting(2, 3, 2))
                        .file("test-labels-idx1-ubyte", LABELS)
                        .faults())
                .containsExactly(
                        "test-images-idx3-ubyte: images of 3x2 (expected: 2x3, as in train-images-idx3-ubyte)");
    }

    @Test
    void refusesDataSetsWithoutImages() {
        assertThat(pair(IdxBytes.counting(0, 2, 3), IdxBytes.counting(0)).faults())
                .containsExactly("no images (expected: at least one)");
    }

    @Test
    void refusesMoreBytesThanItReads() {
        assertThat(pair(Gzip.pack(IdxBytes.counting(2000, 28, 28)), IdxBytes.counting(2000))
                        .limits(ReadLimits.DEFAULT.withContentBytes(1 << 20))
                        .faults())
                .containsExactly(
                        "train-images-idx3-ubyte: more than 1048576 bytes once unpacked (expected: at most 1048576)");
    }

    private Reading reading() {
        return new Reading(DatasetFormat.IDX, folder);
    }

    private Reading pair(byte[] images, byte[] labels) {
        return reading().file("train-images-idx3-ubyte", images).file("train-labels-idx1-ubyte", labels);
    }
}
