package io.modelmill.dataset.hostile;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.modelmill.dataset.DatasetFormat;
import io.modelmill.dataset.fixture.Gzip;
import io.modelmill.dataset.fixture.IdxBytes;
import io.modelmill.dataset.fixture.Images;
import io.modelmill.dataset.fixture.Npy;
import io.modelmill.dataset.fixture.Zips;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;

/** Small files that ask for much memory. */
final class Bombs {
    private static final int LARGE = 80 << 20;

    private Bombs() {}

    static List<HostileCase> all() {
        List<HostileCase> bombs = new ArrayList<>();
        byte[] zeros = new byte[LARGE];
        bombs.add(alone("one row of zeros", DatasetFormat.CSV, Gzip.pack(zeros)));
        bombs.add(alone("one line of zeros", DatasetFormat.TEXT, Gzip.pack(zeros)));
        bombs.add(alone("commas", DatasetFormat.CSV, Gzip.pack(("a\n" + ",".repeat(20 << 20)).getBytes(UTF_8))));
        bombs.add(alone(
                "columns", DatasetFormat.CSV, Gzip.pack(",".repeat(20 << 20).getBytes(UTF_8))));
        bombs.add(alone(
                "columns in quotes",
                DatasetFormat.CSV,
                Gzip.pack("\",\",".repeat(5 << 20).getBytes(UTF_8))));
        bombs.add(alone("a quote", DatasetFormat.CSV, Gzip.pack(("a\n\"" + ",".repeat(20 << 20)).getBytes(UTF_8))));
        bombs.add(alone("tabs", DatasetFormat.TSV, Gzip.pack(("a\n" + "\t".repeat(20 << 20)).getBytes(UTF_8))));
        bombs.add(alone(
                "wide letters",
                DatasetFormat.TEXT,
                Gzip.pack("\u20ac".repeat(20 << 20).getBytes(UTF_8))));
        bombs.add(alone("rows without end", DatasetFormat.CSV, rowsWithoutEnd()));
        bombs.add(npz("header of zeros", zeros));
        bombs.add(npz("one row", Npy.of("|u1", "(1, " + (LARGE - 128) + ")", new byte[LARGE - 128])));
        bombs.add(npz("one text", Npy.of("<U" + LARGE / 4, "(1,)", zeros)));
        byte[] bits = Npy.of("|u1", "(1, 16777216)", new byte[16 << 20]);
        Map<String, byte[]> rows = new LinkedHashMap<>();
        for (int index = 0; index < 8; index++) {
            rows.put("a" + index + ".npy", bits);
        }
        bombs.add(new HostileCase("rows of many arrays", DatasetFormat.NPZ, Map.of("set.npz", Zips.deflated(rows))));
        bombs.add(new HostileCase(
                "many arrays",
                DatasetFormat.NPZ,
                Map.of("set.npz", many("a%05d.npy", Npy.of("|u1", "(1,)", Npy.bytes(1))))));
        bombs.add(new HostileCase(
                "images of no size",
                DatasetFormat.IDX,
                Map.of(
                        "train-images-idx3-ubyte", IdxBytes.of(new byte[0], -1, 0, 0),
                        "train-labels-idx1-ubyte", IdxBytes.of(new byte[0], -1))));
        bombs.add(new HostileCase(
                "one image",
                DatasetFormat.IDX,
                Map.of(
                        "train-images-idx3-ubyte", Gzip.pack(IdxBytes.of(new byte[LARGE], 1, 8192, 10240)),
                        "train-labels-idx1-ubyte", IdxBytes.counting(1))));
        bombs.add(image("a large png", png(40_000, 40_000)));
        bombs.add(image("a png of more rows than it has", png(4_000, 4_000)));
        bombs.add(image("a file of zeros", zeros));
        bombs.add(image("a bmp of another size", bmp()));
        bombs.add(alone("directory of zeros", DatasetFormat.NPZ, directoryOfZeros()));
        bombs.add(alone("directory of zeros", DatasetFormat.IMAGES, directoryOfZeros()));
        return bombs;
    }

    private static HostileCase alone(String how, DatasetFormat format, byte[] content) {
        return new HostileCase(how, format, Map.of("file", content));
    }

    private static HostileCase npz(String how, byte[] array) {
        return new HostileCase(how, DatasetFormat.NPZ, Map.of("set.npz", Zips.deflated(Map.of("a.npy", array))));
    }

    private static HostileCase image(String how, byte[] file) {
        return new HostileCase(how, DatasetFormat.IMAGES, Map.of("x.zip", Zips.deflated(Map.of("a/1", file))));
    }

    private static byte[] many(String pattern, byte[] content) {
        Map<String, byte[]> entries = new LinkedHashMap<>();
        for (int index = 0; index < 20_000; index++) {
            entries.put(pattern.formatted(index), content);
        }
        return Zips.deflated(entries);
    }

    /** The same megabyte again and again: gzip files may stand behind each other. */
    private static byte[] rowsWithoutEnd() {
        byte[] megabyte = Gzip.pack(("x".repeat(1023) + "\n").repeat(1 << 10).getBytes(UTF_8));
        ByteBuffer file = ByteBuffer.allocate(megabyte.length * 300);
        while (file.hasRemaining()) {
            file.put(megabyte);
        }
        return file.array();
    }

    /** A grey PNG that says that it is as large. */
    private static byte[] png(int width, int height) {
        byte[] file = Images.file(Images.grey(3, 2, 0), "png");
        ByteBuffer fields = ByteBuffer.wrap(file).putInt(16, width).putInt(20, height);
        CRC32 checksum = new CRC32();
        checksum.update(file, 12, 17);
        fields.putInt(29, (int) checksum.getValue());
        return file;
    }

    private static byte[] bmp() {
        byte[] file = Images.file(Images.coloured(3, 2, 0), "bmp");
        ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).putInt(18, 30_000).putInt(22, 30_000);
        return file;
    }

    /** A zip whose directory is said to be most of the file. */
    private static byte[] directoryOfZeros() {
        int directory = 100 << 20;
        ByteBuffer zip = ByteBuffer.allocate(directory + 22).order(ByteOrder.LITTLE_ENDIAN);
        zip.putInt(directory, 0x06054b50)
                .putShort(directory + 10, (short) 60_000)
                .putInt(directory + 12, directory);
        return zip.array();
    }
}
