package io.modelmill.dataset.hostile;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.modelmill.dataset.DatasetFormat;
import io.modelmill.dataset.fixture.Gzip;
import io.modelmill.dataset.fixture.Zips;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/** Breaks data sets, the same way for the same random numbers. */
final class Mutator {
    private final RandomGenerator random;
    private final List<Sample> samples = Sample.all();

    Mutator(RandomGenerator random) {
        this.random = random;
    }

    /** The number of a case tells how a data set is broken, so that each way has its share. */
    HostileCase next(int number) {
        Sample sample = samples.get(random.nextInt(samples.size()));
        return switch (number % 10) {
            case 0 -> one(sample, "cut off", bytes -> Arrays.copyOf(bytes, random.nextInt(bytes.length)));
            case 1, 2 -> one(sample, "bits flipped", this::flip);
            case 3 -> one(sample, "a stretch overwritten", this::overwrite);
            case 4 -> one(sample, "a stretch twice", this::repeat);
            case 5 -> one(sample, "the end of another", this::splice);
            case 6 -> new HostileCase("of another format", another(sample.format()), renamed(sample));
            case 7 -> one(sample, "another path", this::lead);
            default -> inside();
        };
    }

    private HostileCase one(Sample sample, String how, Change change) {
        Map<String, byte[]> files = new LinkedHashMap<>(sample.files());
        List<String> names = List.copyOf(files.keySet());
        String name = names.get(random.nextInt(names.size()));
        files.computeIfPresent(name, (same, content) -> change.of(content));
        return new HostileCase(how + ": " + name, sample.format(), files);
    }

    /** Breaks what is in a zip or a gzip, and packs it as it should be: no checksum tells. */
    private HostileCase inside() {
        return switch (random.nextInt(4)) {
            case 0 -> {
                byte[] csv = samples.getFirst().files().values().iterator().next();
                yield new HostileCase("broken in gzip", DatasetFormat.CSV, Map.of("rows.csv", Gzip.pack(any(csv))));
            }
            case 1 -> zipped(DatasetFormat.NPZ, "set.npz", Sample.arrays());
            case 2 -> zipped(DatasetFormat.IMAGES, "images.zip", Sample.images());
            default -> {
                Map<String, byte[]> arrays = Sample.arrays();
                arrays.replaceAll((name, array) -> random.nextInt(4) == 0 ? header(array) : array);
                yield new HostileCase("headers", DatasetFormat.NPZ, Map.of("set.npz", Zips.deflated(arrays)));
            }
        };
    }

    private HostileCase zipped(DatasetFormat format, String name, Map<String, byte[]> entries) {
        List<String> names = List.copyOf(entries.keySet());
        for (int times = 1 + random.nextInt(3); times > 0; times--) {
            entries.computeIfPresent(names.get(random.nextInt(names.size())), (entry, content) -> any(content));
        }
        return new HostileCase("broken in zip", format, Map.of(name, Zips.deflated(entries)));
    }

    private byte[] any(byte[] bytes) {
        return switch (random.nextInt(5)) {
            case 0 -> Arrays.copyOf(bytes, random.nextInt(bytes.length));
            case 1 -> overwrite(bytes);
            case 2 -> repeat(bytes);
            default -> flip(bytes);
        };
    }

    private byte[] flip(byte[] bytes) {
        byte[] changed = bytes.clone();
        // Most of the sense is at the beginning.
        int reach = random.nextBoolean() ? Math.min(changed.length, 128) : changed.length;
        for (int times = 1 + random.nextInt(8); times > 0; times--) {
            changed[random.nextInt(reach)] ^= (byte) (1 << random.nextInt(8));
        }
        return changed;
    }

    private byte[] overwrite(byte[] bytes) {
        byte[] changed = bytes.clone();
        int start = random.nextInt(changed.length);
        int end = Math.min(changed.length, start + 1 + random.nextInt(16));
        switch (random.nextInt(3)) {
            case 0 -> Arrays.fill(changed, start, end, (byte) 0);
            case 1 -> Arrays.fill(changed, start, end, (byte) 0xff);
            default -> {
                for (int index = start; index < end; index++) {
                    changed[index] = (byte) random.nextInt();
                }
            }
        }
        return changed;
    }

    private byte[] repeat(byte[] bytes) {
        int start = random.nextInt(bytes.length);
        int length = 1 + random.nextInt(bytes.length - start);
        byte[] longer = Arrays.copyOf(bytes, bytes.length + length);
        System.arraycopy(bytes, start, longer, start + length, bytes.length - start);
        return longer;
    }

    private byte[] splice(byte[] bytes) {
        Sample other = samples.get(random.nextInt(samples.size()));
        byte[] end = other.files().values().iterator().next();
        int from = random.nextInt(end.length);
        int kept = random.nextInt(bytes.length);
        byte[] spliced = Arrays.copyOf(bytes, kept + end.length - from);
        System.arraycopy(end, from, spliced, kept, end.length - from);
        return spliced;
    }

    /** Changes names where a file has names within: the same length keeps a zip whole. */
    private byte[] lead(byte[] bytes) {
        String text = new String(bytes, ISO_8859_1);
        String led = text.replace("cat/", "../.")
                .replace(
                        "x_train",
                        List.of("../../x", "/x_trai", "a//b/cd", "y_train").get(random.nextInt(4)));
        return led.equals(text) ? flip(bytes) : led.getBytes(ISO_8859_1);
    }

    /** Changes what an array says of itself. */
    private byte[] header(byte[] array) {
        String text = new String(array, ISO_8859_1);
        String changed = switch (random.nextInt(6)) {
            case 0 -> text.replaceFirst("\\(\\d+", "(99");
            case 1 -> text.replaceFirst("\\(\\d+, ", "(9, ");
            case 2 -> text.replaceFirst("'[<|][a-zA-Z]", "'|O");
            case 3 -> text.replaceFirst("False", " True");
            case 4 -> text.replaceFirst("'shape': \\(", "'shape': [");
            default -> text.replaceFirst("(\\d+)\\D{0,2}\\), \\}\\s{16}", "99999999999999999)}");
        };
        return changed.getBytes(ISO_8859_1);
    }

    private DatasetFormat another(DatasetFormat format) {
        List<DatasetFormat> others = new ArrayList<>(List.of(DatasetFormat.values()));
        others.remove(format);
        return others.get(random.nextInt(others.size()));
    }

    /** With names that IDX would take, so that it looks at what is in them. */
    private static Map<String, byte[]> renamed(Sample sample) {
        byte[] first = sample.files().values().iterator().next();
        return Map.of("train-images-idx3-ubyte", first, "train-labels-idx1-ubyte", first);
    }

    /** A change of a file. */
    private interface Change {
        byte[] of(byte[] bytes);
    }
}
