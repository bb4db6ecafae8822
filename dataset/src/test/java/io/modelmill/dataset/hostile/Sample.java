package io.modelmill.dataset.hostile;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.modelmill.dataset.DatasetFormat;
import io.modelmill.dataset.fixture.Gzip;
import io.modelmill.dataset.fixture.IdxBytes;
import io.modelmill.dataset.fixture.Images;
import io.modelmill.dataset.fixture.Npy;
import io.modelmill.dataset.fixture.Zips;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A data set as it should be.
 *
 * @param files by name
 * @param rows that it has
 */
record Sample(DatasetFormat format, Map<String, byte[]> files, int rows) {
    /** One of each kind. */
    static List<Sample> all() {
        String cells = IntStream.range(0, 200)
                .mapToObj(row -> row + "," + row * 0.5 + ",\"text " + row + ", and\nmore\",class" + row % 3 + "\n")
                .collect(Collectors.joining("", "id,x,text,label\n", ""));
        byte[] csv = cells.getBytes(UTF_8);
        byte[] tsv = cells.replace(", and\n", " and ").replace(',', '\t').getBytes(UTF_8);
        Map<String, byte[]> idx = new LinkedHashMap<>();
        idx.put("train-images-idx3-ubyte.gz", Gzip.pack(IdxBytes.counting(50, 7, 6)));
        idx.put("train-labels-idx1-ubyte.gz", Gzip.pack(IdxBytes.counting(50)));
        idx.put("t10k-images-idx3-ubyte", IdxBytes.counting(10, 7, 6));
        idx.put("t10k-labels-idx1-ubyte", IdxBytes.counting(10));
        return List.of(
                new Sample(DatasetFormat.CSV, Map.of("rows.csv", csv), 200),
                new Sample(DatasetFormat.CSV, Map.of("rows.csv.gz", Gzip.pack(csv)), 200),
                new Sample(DatasetFormat.TSV, Map.of("rows.tsv", tsv), 200),
                new Sample(DatasetFormat.TEXT, Map.of("text.txt", csv), 401),
                new Sample(DatasetFormat.NPZ, Map.of("set.npz", Zips.deflated(arrays())), 60),
                new Sample(DatasetFormat.NPZ, Map.of("set.npz", Zips.stored(arrays())), 60),
                new Sample(DatasetFormat.IDX, idx, 60),
                new Sample(DatasetFormat.IMAGES, Map.of("images.zip", Zips.deflated(images())), 16),
                new Sample(DatasetFormat.IMAGES, Map.of("images.zip", Zips.stored(images())), 16));
    }

    /** Entries of an npz. */
    static Map<String, byte[]> arrays() {
        float[] values = new float[50 * 3];
        for (int index = 0; index < values.length; index++) {
            values[index] = index / 7f;
        }
        Map<String, byte[]> arrays = new LinkedHashMap<>();
        arrays.put("x_train.npy", Npy.of("<f4", "(50, 3)", Npy.floats(values)));
        arrays.put("y_train.npy", Npy.of("|u1", "(50,)", new byte[50]));
        arrays.put("t_train.npy", Npy.of("<U2", "(50,)", new byte[400]));
        arrays.put("i_train.npy", Npy.of("|u1", "(50, 4, 5)", new byte[1000]));
        arrays.put("x_test.npy", Npy.of("<f4", "(10, 3)", new byte[120]));
        arrays.put("y_test.npy", Npy.of("|u1", "(10,)", new byte[10]));
        arrays.put("t_test.npy", Npy.of("<U2", "(10,)", new byte[80]));
        arrays.put("i_test.npy", Npy.of("|u1", "(10, 4, 5)", new byte[200]));
        return arrays;
    }

    /** Entries of a zip of images of each format, grey and coloured. */
    static Map<String, byte[]> images() {
        Map<String, byte[]> images = new LinkedHashMap<>();
        for (String format : List.of("png", "jpeg", "gif", "bmp")) {
            images.put("cat/1." + format, Images.file(Images.coloured(12, 9, 0x336699), format));
            images.put("cat/2." + format, Images.file(Images.grey(12, 9, 40), format));
            images.put("dog/1." + format, Images.file(Images.coloured(12, 9, 0x102030), format));
            images.put("dog/2." + format, Images.file(Images.grey(12, 9, 0), format));
        }
        return images;
    }
}
