package io.modelmill.benchmarks.training;

import io.modelmill.dataset.DatasetFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/** Images and labels drawn from a seed, in MNIST's format: what they show changes no speed. */
final class ImageFiles {
    private static final int IMAGES = 0x803;
    private static final int LABELS = 0x801;
    private static final long SEED = 1;

    private ImageFiles() {}

    /** Writes so many rows into a folder. */
    static List<DatasetFile> write(Path folder, int rows) throws IOException {
        Random random = new Random(SEED);
        byte[] pixels = new byte[rows * TrainedNetwork.PIXELS];
        random.nextBytes(pixels);
        ByteBuffer images = ByteBuffer.allocate(4 * Integer.BYTES + pixels.length)
                .putInt(IMAGES)
                .putInt(rows)
                .putInt(TrainedNetwork.SIDE)
                .putInt(TrainedNetwork.SIDE)
                .put(pixels);
        ByteBuffer labels =
                ByteBuffer.allocate(2 * Integer.BYTES + rows).putInt(LABELS).putInt(rows);
        for (int row = 0; row < rows; row++) {
            labels.put((byte) random.nextInt(TrainedNetwork.CLASSES));
        }
        return List.of(
                write(folder, "train-images-idx3-ubyte", images), write(folder, "train-labels-idx1-ubyte", labels));
    }

    private static DatasetFile write(Path folder, String name, ByteBuffer bytes) throws IOException {
        return new DatasetFile(name, Files.write(folder.resolve(name), bytes.array()));
    }
}
