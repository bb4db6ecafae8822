package io.modelmill.dataset.image;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.modelmill.dataset.DatasetColumn;
import io.modelmill.dataset.DatasetColumn.Type;
import io.modelmill.dataset.DatasetFormat;
import io.modelmill.dataset.ReadLimits;
import io.modelmill.dataset.RowCursor;
import io.modelmill.dataset.fixture.Images;
import io.modelmill.dataset.fixture.Reading;
import io.modelmill.dataset.fixture.Zips;
import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImagesCursorTest {
    private static final byte[] GREY = Images.file(Images.grey(3, 2, 100), "png");
    private static final byte[] RED = Images.file(Images.coloured(3, 2, 0xff8000), "png");

    @TempDir
    Path folder;

    @Test
    void readsImagesAndTheirFolders() {
        Reading images = zip("cat/1.png", GREY, "dog/1.png", Images.file(Images.grey(3, 2, 0), "png"));

        assertThat(images.columns())
                .containsExactly(
                        new DatasetColumn("image", Type.BYTES, List.of(1L, 2L, 3L)),
                        new DatasetColumn("label", Type.CELL, List.of()));
        assertThat(images.rows())
                .containsExactly(
                        List.of("cat/1.png", "[100, 101, 102, 103, 104, 105]", "cat"),
                        List.of("dog/1.png", "[0, 1, 2, 3, 4, 5]", "dog"));
    }

    @Test
    void readsSubsetsInTheirOrder() {
        Reading images = zip(
                "test/cat/1.png", GREY,
                "train/dog/1.png", GREY,
                "validation/cat/1.png", GREY,
                "train/cat/2.png", GREY);

        assertThat(images.rows())
                .extracting(row -> row.get(0) + " " + row.get(1) + " " + row.get(3))
                .containsExactly(
                        "train/dog/1.png TRAIN dog",
                        "train/cat/2.png TRAIN cat",
                        "validation/cat/1.png VALIDATION cat",
                        "test/cat/1.png TEST cat");
    }

    @Test
    void passesOverFoldersAndWhatOtherProgramsLeave() {
        Reading images = zip(
                "__MACOSX/cat/._1.png", new byte[0],
                "cat/", new byte[0],
                "cat/.DS_Store", new byte[9],
                "cat/1.png", GREY);

        assertThat(images.rows()).extracting(List::getFirst).containsExactly("cat/1.png");
    }

    @ParameterizedTest
    @ValueSource(strings = {"png", "bmp", "gif"})
    void readsColours(String format) {
        Reading images = zip("cat/1", Images.file(Images.coloured(2, 1, 0xff8000), format));

        assertThat(images.rows()).containsExactly(List.of("cat/1", "[255, 255, 128, 128, 0, 0]", "cat"));
    }

    @Test
    void readsJpeg() {
        byte[] grey =
                Images.file(Images.filled(new BufferedImage(2, 2, BufferedImage.TYPE_BYTE_GRAY), 0xffffff), "jpeg");
        byte[] white = Images.file(Images.coloured(2, 2, 0xffffff), "jpeg");

        assertThat(zip("cat/1.jpg", grey).rows()).containsExactly(List.of("cat/1.jpg", "[255, 255, 255, 255]", "cat"));
        assertThat(zip("cat/1.jpg", white).rows())
                .containsExactly(
                        List.of("cat/1.jpg", Arrays.toString("255 ".repeat(12).split(" ")), "cat"));
    }

    @Test
    void readsOtherDepthsAsBytes() {
        BufferedImage deep = new BufferedImage(2, 1, BufferedImage.TYPE_USHORT_GRAY);
        deep.getRaster().setSample(0, 0, 0, 0x80ff);
        deep.getRaster().setSample(1, 0, 0, 0xffff);
        BufferedImage blackAndWhite = Images.filled(new BufferedImage(2, 1, BufferedImage.TYPE_BYTE_BINARY), 0);
        blackAndWhite.setRGB(1, 0, 0xffffff);
        byte[] shades = {0, 10, (byte) 200};
        BufferedImage palette = new BufferedImage(
                2, 1, BufferedImage.TYPE_BYTE_INDEXED, new IndexColorModel(8, 3, shades, shades, shades));
        palette.getRaster().setSample(0, 0, 0, 2);
        palette.getRaster().setSample(1, 0, 0, 1);
        BufferedImage transparent = new BufferedImage(2, 1, BufferedImage.TYPE_INT_ARGB);
        transparent.setRGB(0, 0, 0x80010203);
        transparent.setRGB(1, 0, 0x00040506);

        assertThat(zip("a/1", Images.file(deep, "png")).rows()).containsExactly(List.of("a/1", "[128, 255]", "a"));
        assertThat(zip("a/1", Images.file(blackAndWhite, "png")).rows())
                .containsExactly(List.of("a/1", "[0, 255]", "a"));
        assertThat(zip("a/1", Images.file(palette, "png")).rows()).containsExactly(List.of("a/1", "[200, 10]", "a"));
        assertThat(zip("a/1", Images.file(transparent, "png")).rows())
                .containsExactly(List.of("a/1", "[1, 4, 2, 5, 3, 6]", "a"));
    }

    @Test
    void makesGreyImagesAmongColouredOnesColoured() {
        assertThat(zip("a/1", RED, "a/2", GREY).rows().getLast())
                .contains("[100, 101, 102, 103, 104, 105, 100, 101, 102, 103, 104, 105, 100, 101, 102, 103, 104, 105]");
        assertThat(zip("a/1", GREY, "a/2", RED).faults())
                .containsExactly("a/2: coloured, 3 wide, 2 high (expected: grey, 3 wide, 2 high, as a/1 is)");
    }

    @Test
    void refusesImagesOfAnotherSize() {
        assertThat(zip("a/1", GREY, "b/1", Images.file(Images.grey(2, 3, 0), "png"))
                        .faults())
                .containsExactly("b/1: grey, 2 wide, 3 high (expected: grey, 3 wide, 2 high, as a/1 is)");
    }

    @Test
    void readsNumbersOfClasses() throws IOException {
        try (RowCursor cursor = zip("7/1.png", GREY, "x/1.png", GREY).open()) {
            cursor.next();
            assertThat(cursor.number(1)).isEqualTo(7);
            cursor.next();
            assertThatThrownBy(() -> cursor.number(1))
                    .hasMessage("x/1.png, column \"label\": \"x\" (expected: a finite decimal number)");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "1.png;\"1.png\": 0 folders (expected: CLASS/NAME or SUBSET/CLASS/NAME)",
                "a/b/c/1.png;\"a/b/c/1.png\": 3 folders (expected: CLASS/NAME or SUBSET/CLASS/NAME)",
                "dev/cat/1.png;\"dev/cat/1.png\": two folders (expected: CLASS/NAME, or SUBSET/CLASS/NAME with train,"
                        + " validation or test)"
            })
    void refusesPaths(String path, String message) {
        assertThat(zip(path, GREY).faults()).containsExactly(message);
    }

    @Test
    void refusesPathsOfTwoKinds() {
        assertThat(zip("train/cat/1.png", GREY, "cat/1.png", GREY).faults())
                .containsExactly("\"cat/1.png\": a path unlike those before (expected: all CLASS/NAME or all"
                        + " SUBSET/CLASS/NAME)");
    }

    @Test
    void refusesZipsWithoutImages() {
        assertThat(zip("cat/", new byte[0]).faults()).containsExactly("no images (expected: at least one, CLASS/NAME)");
        assertThat(zip("cat/1.png", GREY).file("b.zip", new byte[0]).faults())
                .containsExactly("2 files (expected: one zip)");
    }

    @Test
    void refusesWhatIsNoImage() {
        assertThat(zip("a/1.txt", "text".getBytes(UTF_8)).faults())
                .containsExactly("a/1.txt: no image, it begins with 0x74657874 (expected: PNG, JPEG, BMP or GIF)");
        assertThat(zip("a/1.png", Arrays.copyOf(RED, RED.length - 30)).faults())
                .singleElement()
                .asString()
                .startsWith("a/1.png: an image that cannot be read, \"")
                .endsWith(" (expected: PNG, JPEG, BMP or GIF)");
        for (String format : List.of("jpeg", "gif", "bmp")) {
            byte[] whole = Images.file(Images.coloured(30, 20, 0x123456), format);
            assertThat(zip("a/1", Arrays.copyOf(whole, 20)).faults())
                    .as(format)
                    .singleElement()
                    .asString()
                    .startsWith("a/1: an image that cannot be read, ");
        }
    }

    @Test
    void looksAtTheSizeBeforeItDecodes() {
        byte[] bomb = GREY.clone();
        // Width and height of the first chunk, and its checksum.
        ByteBuffer fields = ByteBuffer.wrap(bomb).putInt(16, 2_000_000_000).putInt(20, 2_000_000_000);
        CRC32 checksum = new CRC32();
        checksum.update(bomb, 12, 17);
        fields.putInt(29, (int) checksum.getValue());

        assertThat(zip("a/1.png", bomb).faults())
                .containsExactly("a/1.png: an image of 2000000000x2000000000 pixels of 8 bits (expected: 1 to 16777216"
                        + " bytes)");
    }

    @Test
    void refusesFilesThatAreTooLarge() {
        ReadLimits small = new ReadLimits(1 << 20, 100, 50, 10, 10);

        assertThat(zip("a/1.png", GREY).limits(small).faults())
                .containsExactly("a/1.png: " + GREY.length + " bytes (expected: at most 50)");
    }

    @Test
    void refusesDamagedEntries() {
        byte[] zip = Zips.stored(Map.of("a/1.png", GREY));
        // In the last chunk, which no reader looks at.
        zip[30 + 7 + GREY.length - 1] ^= 1;

        assertThat(new Reading(DatasetFormat.IMAGES, folder).file("x.zip", zip).faults())
                .singleElement()
                .asString()
                .startsWith("a/1.png: its checksum is ");
    }

    private Reading zip(Object... namesAndFiles) {
        Map<String, byte[]> entries = new LinkedHashMap<>();
        for (int index = 0; index < namesAndFiles.length; index += 2) {
            entries.put((String) namesAndFiles[index], (byte[]) namesAndFiles[index + 1]);
        }
        return new Reading(DatasetFormat.IMAGES, folder).file("images.zip", Zips.deflated(entries));
    }
}
