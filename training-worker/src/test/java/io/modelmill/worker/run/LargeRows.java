package io.modelmill.worker.run;

import io.modelmill.dataset.DatasetColumn;
import io.modelmill.dataset.RowCursor;
import io.modelmill.dataset.Subset;
import io.modelmill.trainingspec.job.Task;
import io.modelmill.trainingspec.job.TrainingSpec;
import io.modelmill.worker.data.DataPreparation;
import io.modelmill.worker.data.RowSource;
import io.modelmill.worker.fixture.DataSpecs;
import io.modelmill.worker.fixture.Jobs;
import io.modelmill.worker.fixture.Layers;
import io.modelmill.worker.rows.TrainingData;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/** A process that trains on images that are made as they are read: of two kinds, and more of them than its memory holds. */
public final class LargeRows implements RowCursor {
    private static final int SIDE = 128;
    private static final int NOISE = 1 << 20;
    private static final List<DatasetColumn> COLUMNS = List.of(
            new DatasetColumn("image", DatasetColumn.Type.BYTES, List.of(1L, (long) SIDE, (long) SIDE)),
            new DatasetColumn("kind", DatasetColumn.Type.CELL, List.of()));

    private final long count;
    private final byte[] noise = new byte[NOISE];
    private long row = -1;

    private LargeRows(long count) {
        this.count = count;
        new Random(1).nextBytes(noise);
    }

    /**
     * Trains one epoch.
     *
     * @param arguments megabytes of images and a folder
     */
    public static void main(String[] arguments) throws IOException {
        long count = (Long.parseLong(arguments[0]) << 20) / (SIDE * SIDE);
        TrainingSpec spec = Jobs.of(
                        Layers.layer("average_pool", "pool_size", List.of(16L, 16L)),
                        Layers.layer("flatten"),
                        Layers.dense(2))
                .data(DataSpecs.label("kind").normalization("z_score"))
                .epochs(1)
                .batchSize(64)
                .spec();
        var source = new RowSource(() -> new LargeRows(count), Set.of());
        Path folder = Path.of(arguments[1]);
        try (TrainingData data =
                DataPreparation.prepare(Task.CLASSIFICATION, spec.data(), spec.seed(), source, folder)) {
            TrainedModel model = new TrainingRun(spec, new Tables.Watch(), Origin.fresh()).execute(data);
            System.out.printf(
                    "images %d heap %d anonymous %d accuracy %s block %d%n",
                    count * SIDE * SIDE,
                    Runtime.getRuntime().maxMemory(),
                    anonymousBytes(),
                    model.metrics().get("test_accuracy"),
                    data.training().blockSize());
        }
    }

    /** What the process holds that is no file's. */
    private static long anonymousBytes() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("RssAnon:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
                .findFirst()
                .orElseThrow();
    }

    @Override
    public List<DatasetColumn> columns() {
        return COLUMNS;
    }

    @Override
    public boolean next() {
        return ++row < count;
    }

    @Override
    public Optional<Subset> subset() {
        return Optional.empty();
    }

    /** All of the first half are of one kind: only shuffled rows teach both. */
    @Override
    public String text(int column) {
        return row < count / 2 ? "left" : "right";
    }

    @Override
    public double number(int column) {
        throw new IllegalArgumentException("no numbers");
    }

    /** Noise, with a brighter side. */
    @Override
    public void tensor(int column, MemorySegment target) {
        int start = (int) (row * 7919 % (NOISE - SIDE * SIDE));
        MemorySegment.copy(noise, start, target, ValueLayout.JAVA_BYTE, 0, SIDE * SIDE);
        for (int line = 0; line < SIDE; line++) {
            target.asSlice((long) line * SIDE + (row < count / 2 ? 0 : SIDE / 2), SIDE / 2)
                    .fill((byte) (100 + line));
        }
    }

    @Override
    public String place() {
        return "row " + row;
    }

    @Override
    public void close() {}
}
