package io.modelmill.dataset.source;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.modelmill.dataset.BadDataException;
import io.modelmill.dataset.DatasetFile;
import io.modelmill.dataset.fixture.Gzip;
import io.modelmill.dataset.fixture.Zips;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ZipArchiveTest {
    private static final byte[] TEXT = "to be or not to be".getBytes(ISO_8859_1);
    /** Of the one entry {@code a}, stored: its header, its content, its entry of the directory, the end. */
    private static final byte[] STORED = Zips.stored(Map.of("a", TEXT));

    private static final int DIRECTORY = 31 + TEXT.length;
    private static final int END = STORED.length - 22;

    @TempDir
    Path folder;

    @Test
    void readsStoredAndDeflatedEntries() throws IOException {
        Map<String, byte[]> entries = new LinkedHashMap<>();
        entries.put("a/", new byte[0]);
        entries.put("a/\u00fc.txt", TEXT);
        entries.put("empty", new byte[0]);

        assertThat(read(Zips.stored(entries))).containsExactly("a/=", "a/\u00fc.txt=to be or not to be", "empty=");
        assertThat(read(Zips.deflated(entries))).containsExactly("a/=", "a/\u00fc.txt=to be or not to be", "empty=");
    }

    @Test
    void readsMoreEntriesThanTheOldFormatCounts() throws IOException {
        Map<String, byte[]> entries = new LinkedHashMap<>();
        for (int index = 0; index < 70_000; index++) {
            entries.put("e" + index, new byte[0]);
        }

        assertThat(read(Zips.stored(entries))).hasSize(70_000);
    }

    @Test
    void findsTheDirectoryBeforeAComment() throws IOException {
        byte[] commented = Arrays.copyOf(STORED, STORED.length + 3);
        commented[END + 20] = 3;

        assertThat(read(commented)).containsExactly("a=to be or not to be");
    }

    @Test
    void refusesWhatIsNoZip() {
        assertRefused(TEXT, "x.zip: no zip, or cut off (expected: a zip)");
        assertRefused(new byte[0], "x.zip: no zip, or cut off (expected: a zip)");
        assertRefused(Arrays.copyOf(STORED, STORED.length - 1), "x.zip: no zip, or cut off (expected: a zip)");
        assertRefused(Gzip.pack(STORED), "x.zip: gzip (expected: the zip as it is, which is compressed in itself)");
    }

    @Test
    void refusesDirectoriesThatAreNotThere() {
        assertRefused(
                changed(END + 16, STORED.length),
                "x.zip: a zip whose directory is not in it (expected: 47 bytes at " + STORED.length + ")");
        assertRefused(
                changed(END + 12, -2),
                "x.zip: a zip whose directory is not in it (expected: 4294967294 bytes at " + DIRECTORY + ")");
        assertRefused(
                changed(END + 16, DIRECTORY - 1),
                "entry 1 of the zip's directory begins with 0x014b5065 (expected: 0x02014b50)");
        assertRefused(changedShort(END + 10, 2), "entry 2 of the zip's directory is cut off (expected: 2 entries)");
        assertRefused(changedShort(END + 10, 101), "x.zip: a zip of 101 entries (expected: at most 100)", 100);
    }

    @ParameterizedTest
    @ValueSource(strings = {"../a", "a/../../b", "/etc/passwd", "a//b", "./a", "a\\b", "..", "a/\n"})
    void refusesNamesThatLeadElsewhere(String name) {
        assertThatThrownBy(() -> read(Zips.deflated(Map.of(name, TEXT))))
                .isInstanceOf(BadDataException.class)
                .hasMessage("entry 1 of the zip's directory is named \"" + name.replace('\n', '?')
                        + "\" (expected: a path below its folder, such as a/b.png)");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "8;1;\"a\": encrypted (expected: not so)",
                "10;12;\"a\": compressed by method 12 (expected: 0, stored, or 8, deflate)",
                "24;17;\"a\": stored 18 bytes (expected: 17, the size of its content)",
            })
    void refusesEntries(int offset, int value, String message) {
        assertRefused(changedShort(DIRECTORY + offset, value), message);
    }

    @Test
    void refusesNamesThatAreNoUtf8() {
        byte[] latin = STORED.clone();
        latin[DIRECTORY + 46] = (byte) 0xfc;

        assertRefused(latin, "entry 1 of the zip's directory has a name that is no UTF-8 (expected: UTF-8)");
    }

    @Test
    void refusesEntriesOutsideTheFile() {
        int offset = STORED.length - TEXT.length + 1;

        assertRefused(
                changed(DIRECTORY + 42, offset),
                "\"a\": 18 bytes at " + offset + " (expected: entries that lie beside each other in a zip of "
                        + STORED.length + " bytes)");
    }

    @Test
    void refusesSizesThatAreMissing() {
        assertRefused(changed(DIRECTORY + 24, -1), "\"a\": sizes that are missing (expected: zip64 fields)");
    }

    @Test
    void refusesEntriesThatLieOverEachOther() {
        Map<String, byte[]> entries = new LinkedHashMap<>();
        entries.put("a", new byte[1000]);
        entries.put("b", new byte[1000]);
        byte[] zip = Zips.stored(entries);
        int second = zip.length - 22 - 47;
        ByteBuffer fields = ByteBuffer.wrap(zip).order(ByteOrder.LITTLE_ENDIAN);
        fields.putInt(second + 20, 2000);
        fields.putInt(second + 24, 2000);
        fields.putInt(second + 42, 0);

        assertRefused(
                zip,
                "\"b\": 2000 bytes at 0 (expected: entries that lie beside each other in a zip of " + zip.length
                        + " bytes)");
    }

    @Test
    void holdsEntriesToTheirSizeAndChecksum() {
        byte[] content = STORED.clone();
        content[31] ^= 1;
        assertThatThrownBy(() -> read(content))
                .isInstanceOf(BadDataException.class)
                .hasMessageMatching("a: its checksum is [0-9a-f]{8} \\(expected: [0-9a-f]{8}, as the zip's directory"
                        + " gives\\)");
        byte[] deflated = Zips.deflated(Map.of("a", TEXT));
        int directory = deflated.length - 22 - 47;
        byte[] longer = deflated.clone();
        longer[directory + 24] = 19;
        assertRefused(longer, "a: ends after 18 bytes (expected: 19)");
        byte[] shorter = deflated.clone();
        shorter[directory + 24] = 17;
        assertRefused(shorter, "a: more than 17 bytes (expected: the size that the zip's directory gives)");
        byte[] broken = deflated.clone();
        broken[31] |= 7;
        assertRefused(broken, "a: a broken deflate stream (expected: a zip as it was made)");
        byte[] moved = STORED.clone();
        moved[DIRECTORY + 42] = 1;
        assertRefused(moved, "\"a\": not where the zip's directory says (expected: an entry)");
    }

    @Test
    void refusesMoreBytesThanItReads() {
        byte[] bomb = Zips.deflated(Map.of("a", new byte[10 << 20]));
        assertThat(bomb.length).isLessThan(20_000);

        assertRefused(bomb, "a: more than 1048576 bytes once unpacked (expected: at most 1048576)");
    }

    private void assertRefused(byte[] zip, String message) {
        assertRefused(zip, message, 1 << 20);
    }

    private void assertRefused(byte[] zip, String message, int mostEntries) {
        assertThatThrownBy(() -> read(zip, mostEntries))
                .isInstanceOf(BadDataException.class)
                .hasMessage(message);
    }

    private static byte[] changed(int offset, int value) {
        byte[] zip = STORED.clone();
        ByteBuffer.wrap(zip).order(ByteOrder.LITTLE_ENDIAN).putInt(offset, value);
        return zip;
    }

    private static byte[] changedShort(int offset, int value) {
        byte[] zip = STORED.clone();
        ByteBuffer.wrap(zip).order(ByteOrder.LITTLE_ENDIAN).putShort(offset, (short) value);
        return zip;
    }

    private List<String> read(byte[] zip) throws IOException {
        return read(zip, 1 << 20);
    }

    private List<String> read(byte[] zip, int mostEntries) throws IOException {
        Path file = Files.write(folder.resolve("x"), zip);
        try (ZipArchive archive =
                ZipArchive.open(new DatasetFile("x.zip", file), new UnpackedBytes(1 << 20), mostEntries)) {
            List<String> entries = new ArrayList<>();
            ZipDirectory directory = archive.directory();
            for (ZipEntryHeader entry = directory.next(); entry != null; entry = directory.next()) {
                try (InputStream content = archive.open(entry)) {
                    entries.add(entry.name() + "=" + new String(content.readAllBytes(), ISO_8859_1));
                }
            }
            return entries;
        }
    }
}
