package io.modelmill.benchmarks.training;

import io.modelmill.dataset.DatasetFile;
import io.modelmill.dataset.DatasetFiles;
import io.modelmill.dataset.DatasetFormat;
import io.modelmill.dataset.ReadLimits;
import io.modelmill.trainingspec.job.DataSpec;
import io.modelmill.trainingspec.job.Task;
import io.modelmill.trainingspec.job.TrainingSpec;
import io.modelmill.trainingspec.network.LayerSpec;
import io.modelmill.trainingspec.setting.Choice;
import io.modelmill.worker.checkpoint.Checkpoints;
import io.modelmill.worker.data.DataPreparation;
import io.modelmill.worker.data.RowSource;
import io.modelmill.worker.model.Model;
import io.modelmill.worker.objective.Objective;
import io.modelmill.worker.rows.TrainingData;
import io.modelmill.worker.train.Trainer;
import io.modelmill.worker.train.TrainingListener;
import io.modelmill.worker.train.TrainingProgress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.global.torch;

/** The trainer as a job has it: rows from its store, divided by 255, shuffled, every loss checked, measures taken. */
final class TrainerLoop {
    private static final long SEED = 1;

    private final TrainedNetwork network;
    private final TrainingData data;

    TrainerLoop(TrainedNetwork network, TrainingData data) {
        this.network = network;
        this.data = data;
    }

    /** Reads files into the trainer's store. */
    static TrainingData prepare(List<DatasetFile> files, Path folder) {
        return DataPreparation.prepare(
                Task.CLASSIFICATION,
                data(),
                SEED,
                new RowSource(() -> DatasetFiles.open(DatasetFormat.IDX, files, ReadLimits.DEFAULT), Set.of()),
                folder);
    }

    /** Trains so many epochs and answers the seconds of each. */
    @SuppressWarnings("try") // The scope frees what is made while it is open.
    List<Double> train(int epochs) {
        torch.manual_seed(SEED);
        TrainingSpec spec = spec(epochs);
        Clock clock = new Clock();
        try (PointerScope scope = new PointerScope()) {
            Model model = Model.of(spec.layers(), data.inputStage(), Objective.of(spec.loss(), data.answers()));
            Trainer trainer = new Trainer(
                    spec,
                    model,
                    data.training(),
                    data.validation(),
                    Optional.empty(),
                    "benchmark",
                    clock,
                    Checkpoints.NONE);
            clock.begin = System.nanoTime();
            var _ = trainer.train();
        }
        return clock.seconds;
    }

    private TrainingSpec spec(int epochs) {
        return new TrainingSpec(
                "",
                "",
                Task.CLASSIFICATION.specName(),
                data(),
                layers(),
                Choice.of("cross_entropy"),
                new Choice("adam", Map.of("learning_rate", TrainedNetwork.LEARNING_RATE)),
                Choice.of("constant"),
                TrainingSpec.Regularization.NONE,
                Optional.empty(),
                epochs,
                TrainedNetwork.BATCH,
                0,
                SEED,
                Duration.ofHours(1),
                List.of(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                "");
    }

    private static DataSpec data() {
        return new DataSpec(
                "label",
                List.of("image"),
                0,
                "scale_255",
                new DataSpec.Split(DataSpec.Split.NONE, 0, ""),
                DataSpec.Cleaning.NONE,
                "one_hot",
                Optional.empty());
    }

    private List<LayerSpec> layers() {
        LayerSpec classes = LayerSpec.of("dense", Map.of("units", (long) TrainedNetwork.CLASSES));
        LayerSpec flatten = LayerSpec.of("flatten", Map.of());
        return switch (network) {
            case MLP ->
                List.of(
                        flatten,
                        LayerSpec.of("dense", Map.of("units", (long) TrainedNetwork.HIDDEN, "activation", "relu")),
                        classes);
            case CNN -> {
                LayerSpec convolution = LayerSpec.of(
                        "conv2d",
                        Map.of(
                                "filters",
                                (long) TrainedNetwork.FILTERS,
                                "kernel_size",
                                List.of(3L),
                                "padding",
                                "same",
                                "activation",
                                "relu"));
                LayerSpec pool = LayerSpec.of("max_pool", Map.of());
                yield List.of(convolution, pool, convolution, pool, flatten, classes);
            }
        };
    }

    /** Times epochs, between the ends of two. */
    private static final class Clock implements TrainingListener {
        private final List<Double> seconds = new ArrayList<>();
        private long begin = System.nanoTime();

        @Override
        public void progressed(TrainingProgress progress) {}

        @Override
        public void epochFinished(TrainingProgress progress) {
            long now = System.nanoTime();
            seconds.add((now - begin) / 1e9);
            begin = now;
        }

        @Override
        public boolean stopRequested() {
            return false;
        }
    }
}
