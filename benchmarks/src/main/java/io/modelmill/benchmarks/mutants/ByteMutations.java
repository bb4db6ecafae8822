package io.modelmill.benchmarks.mutants;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Changes of a graph's bytes, whatever they mean, and other files in its place. */
final class ByteMutations {
    private static final int BOMB_BYTES = 64 << 20;

    private ByteMutations() {}

    static Map<String, Mutation> all() {
        return Map.ofEntries(
                Map.entry("bit_flips", (original, random) -> original.with(flipped(bytes(original), random))),
                Map.entry("bytes_replaced", (original, random) -> original.with(replaced(bytes(original), random))),
                Map.entry("truncated", ByteMutations::truncated),
                Map.entry("slice_removed", (original, random) -> original.with(slice(bytes(original), random, 0))),
                Map.entry("slice_repeated", (original, random) -> original.with(slice(bytes(original), random, 2))),
                Map.entry("slices_swapped", (original, random) -> original.with(swapped(bytes(original), random))),
                Map.entry("model_twice", (original, random) -> original.with(twice(bytes(original)))),
                Map.entry("empty", (original, random) -> original.with(new byte[0])),
                Map.entry("noise", (original, random) -> original.with(noise(random))),
                Map.entry("text", (original, random) -> original.with(text(random))),
                Map.entry("zip", (original, random) -> original.with(zip(bytes(original)))),
                Map.entry("zip_bomb", (original, random) -> original.with(zip(new byte[BOMB_BYTES]))),
                Map.entry("gzip", (original, random) -> original.with(gzip(bytes(original)))));
    }

    private static byte[] bytes(Original original) {
        return original.model().toByteArray();
    }

    private static byte[] flipped(byte[] bytes, SplittableRandom random) {
        for (int count = random.nextInt(1, 32); count > 0; count--) {
            bytes[place(bytes, random)] ^= (byte) (1 << random.nextInt(8));
        }
        return bytes;
    }

    private static byte[] replaced(byte[] bytes, SplittableRandom random) {
        for (int count = random.nextInt(1, 8); count > 0; count--) {
            bytes[place(bytes, random)] = (byte) (random.nextBoolean() ? 0xff : random.nextInt(256));
        }
        return bytes;
    }

    /** Rather outside of the weights, where a change means more: at the ends of the file. */
    private static int place(byte[] bytes, SplittableRandom random) {
        int most = Math.min(bytes.length, 512);
        return switch (random.nextInt(3)) {
            case 0 -> random.nextInt(most);
            case 1 -> bytes.length - 1 - random.nextInt(most);
            default -> random.nextInt(bytes.length);
        };
    }

    private static Mutant truncated(Original original, SplittableRandom random) {
        byte[] bytes = bytes(original);
        if (!original.externalData().isEmpty() && random.nextBoolean()) {
            Map.Entry<String, byte[]> file =
                    original.externalData().entrySet().iterator().next();
            Map<String, byte[]> data = new HashMap<>(original.externalData());
            data.put(file.getKey(), Arrays.copyOf(file.getValue(), random.nextInt(file.getValue().length)));
            return new Mutant(Original.GRAPH, bytes, data);
        }
        return original.with(Arrays.copyOf(bytes, place(bytes, random)));
    }

    /** A slice as often as told: not at all, or once more. */
    private static byte[] slice(byte[] bytes, SplittableRandom random, int times) {
        int from = place(bytes, random);
        int to = Math.min(bytes.length, from + random.nextInt(1, 256));
        ByteArrayOutputStream output = new ByteArrayOutputStream();
        output.write(bytes, 0, from);
        for (int time = 0; time < times; time++) {
            output.write(bytes, from, to - from);
        }
        output.write(bytes, to, bytes.length - to);
        return output.toByteArray();
    }

    private static byte[] twice(byte[] bytes) {
        ByteArrayOutputStream output = new ByteArrayOutputStream();
        output.writeBytes(bytes);
        output.writeBytes(bytes);
        return output.toByteArray();
    }

    private static byte[] swapped(byte[] bytes, SplittableRandom random) {
        int length = random.nextInt(1, Math.min(64, bytes.length / 2));
        int first = random.nextInt(bytes.length - length);
        int second = random.nextInt(bytes.length - length);
        for (int i = 0; i < length; i++) {
            byte kept = bytes[first + i];
            bytes[first + i] = bytes[second + i];
            bytes[second + i] = kept;
        }
        return bytes;
    }

    private static byte[] noise(SplittableRandom random) {
        byte[] bytes = new byte[random.nextInt(1, 4096)];
        random.nextBytes(bytes);
        return bytes;
    }

    private static byte[] text(SplittableRandom random) {
        return "{\"model\": \"none\"}\n".repeat(random.nextInt(1, 100)).getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] zip(byte[] content) throws IOException {
        ByteArrayOutputStream output = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(output)) {
            ZipEntry entry = new ZipEntry("../../" + Original.GRAPH);
            // Otherwise now, and equal seeds would give other bytes.
            entry.setTime(0);
            zip.putNextEntry(entry);
            zip.write(content);
        }
        return output.toByteArray();
    }

    private static byte[] gzip(byte[] content) throws IOException {
        ByteArrayOutputStream output = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(output)) {
            gzip.write(content);
        }
        return output.toByteArray();
    }
}
