package io.modelmill.worker.run;

import io.modelmill.dataset.DatasetFile;
import io.modelmill.dataset.DatasetFiles;
import io.modelmill.dataset.DatasetFormat;
import io.modelmill.dataset.ReadLimits;
import io.modelmill.trainingspec.job.Task;
import io.modelmill.trainingspec.job.TrainingSpec;
import io.modelmill.worker.data.DataPreparation;
import io.modelmill.worker.data.RowSource;
import io.modelmill.worker.fixture.DataSpecs;
import io.modelmill.worker.rows.TrainingData;
import io.modelmill.worker.train.TrainingListener;
import io.modelmill.worker.train.TrainingProgress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;

/** Small tables, and runs on them. */
final class Tables {
    /** What {@link #flowers} is read as. */
    static final DataSpecs KIND = DataSpecs.label("kind").split("stratified", 0.1, "");

    private Tables() {}

    /** Trains what a spec says on a table. */
    static TrainedModel train(TrainingSpec spec, Path csv) {
        return train(spec, csv, new Watch(), Origin.fresh());
    }

    static TrainedModel train(TrainingSpec spec, Path csv, TrainingListener listener, Origin origin) {
        var source = new RowSource(
                () -> DatasetFiles.open(
                        DatasetFormat.CSV, List.of(new DatasetFile("rows.csv", csv)), ReadLimits.DEFAULT),
                Set.of());
        Path folder;
        try {
            folder = Files.createDirectories(csv.resolveSibling("work"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Task task = Task.find(spec.task()).orElseThrow();
        try (TrainingData data = DataPreparation.prepare(task, spec.data(), spec.seed(), source, folder)) {
            return new TrainingRun(spec, listener, origin).execute(data);
        }
    }

    /** 150 rows of three kinds in four measures of very different sizes, as flowers might be. */
    static Path flowers(Path folder) throws IOException {
        var random = new Random(3);
        var text = new StringBuilder("length,width,weight,constant,kind\n");
        for (int row = 0; row < 150; row++) {
            int kind = row % 3;
            text.append(String.format(
                    Locale.ROOT,
                    "%.3f,%.3f,%.1f,7,%s\n",
                    kind + random.nextGaussian() / 4,
                    2 - kind + random.nextGaussian() / 4,
                    300 * kind + 40 * random.nextGaussian(),
                    List.of("iris", "rose", "tulip").get(kind)));
        }
        return Files.writeString(folder.resolve("flowers.csv"), text);
    }

    /** {@code y = 2x}. */
    static Path doubles(Path folder) throws IOException {
        var text = new StringBuilder("x,y\n");
        for (int x = -100; x < 100; x++) {
            text.append(x / 50.0).append(',').append(2 * x / 50.0).append('\n');
        }
        return Files.writeString(folder.resolve("doubles.csv"), text);
    }

    /** Remembers the epochs, and asks to stop after some of them. */
    static final class Watch implements TrainingListener {
        final List<TrainingProgress> epochs = new ArrayList<>();
        private final int last;

        Watch() {
            this(Integer.MAX_VALUE);
        }

        Watch(int last) {
            this.last = last;
        }

        @Override
        public void progressed(TrainingProgress progress) {}

        @Override
        public void epochFinished(TrainingProgress progress) {
            epochs.add(progress);
        }

        @Override
        public boolean stopRequested() {
            return epochs.size() >= last;
        }
    }
}
