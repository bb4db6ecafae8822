package io.modelmill.benchmarks.sweep;

import io.modelmill.dataset.DatasetFile;
import io.modelmill.dataset.DatasetFiles;
import io.modelmill.dataset.DatasetFormat;
import io.modelmill.dataset.ReadLimits;
import io.modelmill.proto.training.v1.Layer;
import io.modelmill.trainingspec.job.TrainingSpec;
import io.modelmill.trainingspec.job.TrainingSpecProtoMapper;
import io.modelmill.trainingspec.sweep.Configuration;
import io.modelmill.trainingspec.sweep.Curve;
import io.modelmill.trainingspec.sweep.Domain;
import io.modelmill.trainingspec.sweep.Objective;
import io.modelmill.trainingspec.sweep.Parameter;
import io.modelmill.trainingspec.sweep.Scalar;
import io.modelmill.trainingspec.sweep.Search;
import io.modelmill.trainingspec.sweep.SearchSpace;
import io.modelmill.trainingspec.sweep.StoppingRule;
import io.modelmill.trainingspec.sweep.TrialSpecProtoMapper;
import io.modelmill.worker.checkpoint.Checkpoints;
import io.modelmill.worker.data.DataPreparation;
import io.modelmill.worker.data.RowSource;
import io.modelmill.worker.model.Model;
import io.modelmill.worker.rows.TrainingData;
import io.modelmill.worker.train.TorchRuntime;
import io.modelmill.worker.train.Trainer;
import io.modelmill.worker.train.TrainingListener;
import io.modelmill.worker.train.TrainingProgress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.global.torch;

/**
 * Trains configurations of a network of digits to their end, then asks each rule what it would have stopped: all see the same
 * curves. Arguments: the data, seeds, trials of a seed, epochs of a trial, folder. Each seed answers a line, a
 * {@link SeedResult}.
 */
public final class SweepRunnerMain {
    private static final String MEASURE = "validation_accuracy";
    private static final int PARALLELISM = 4;
    /** As a tenant would set it: rungs at 3, 9 and 27 epochs. */
    private static final StoppingRule ASHA = new StoppingRule.Asha(3, 3);

    private static final StoppingRule MEDIAN = new StoppingRule.MedianStopping(3, 3);

    private static final SearchSpace SPACE = new SearchSpace(List.of(
            new Parameter(
                    "optimizer.type",
                    new Domain.Values(
                            List.of(new Scalar.Text("adam"), new Scalar.Text("rmsprop"), new Scalar.Text("sgd")))),
            new Parameter("optimizer.learning_rate", new Domain.Range(1e-4, 1e-1, true)),
            new Parameter(
                    "batch_size",
                    new Domain.Values(List.of(new Scalar.Number(16), new Scalar.Number(32), new Scalar.Number(64)))),
            new Parameter("network.layers[0].units", new Domain.WholeRange(16, 256, true)),
            new Parameter("network.layers[1].rate", new Domain.Range(0, 0.6, false))));

    private SweepRunnerMain() {}

    public static void main(String[] arguments) throws IOException {
        Path data = Path.of(arguments[0]);
        int seeds = Integer.parseInt(arguments[1]);
        int trials = Integer.parseInt(arguments[2]);
        int epochs = Integer.parseInt(arguments[3]);
        Path folder = Path.of(arguments[4]);
        TorchRuntime.prepare(1);
        for (int seed = 1; seed <= seeds; seed++) {
            Path store = Files.createDirectories(folder.resolve("seed-" + seed));
            System.out.println(measure(data, seed, trials, epochs, store));
        }
    }

    private static SeedResult measure(Path file, long seed, int trials, int epochs, Path store) {
        var common = common(epochs, seed);
        RowSource rows = new RowSource(
                () -> DatasetFiles.open(
                        DatasetFormat.CSV,
                        List.of(new DatasetFile(file.getFileName().toString(), file)),
                        ReadLimits.DEFAULT),
                Set.of());
        List<Curve> curves = new ArrayList<>();
        try (TrainingData prepared = DataPreparation.prepare(TrainingSpecProtoMapper.spec(common), rows, store)) {
            for (int number = 0; number < trials; number++) {
                Configuration configuration = SPACE.trial(Search.RANDOM, number, seed);
                curves.add(train(
                        TrainingSpecProtoMapper.spec(TrialSpecProtoMapper.apply(common, configuration)), prepared));
            }
        }
        var random = SweepRun.of(curves, new StoppingRule.Never(), Objective.MAXIMIZE, PARALLELISM);
        var asha = SweepRun.of(curves, ASHA, Objective.MAXIMIZE, PARALLELISM);
        var median = SweepRun.of(curves, MEDIAN, Objective.MAXIMIZE, PARALLELISM);
        return new SeedResult(
                seed, random.best(), random.epochs(), asha.best(), asha.epochs(), median.best(), median.epochs());
    }

    private static io.modelmill.proto.training.v1.TrainingSpec common(int epochs, long seed) {
        var common = io.modelmill.proto.training.v1.TrainingSpec.newBuilder()
                .setEpochs(epochs)
                .setBatchSize(32)
                .setSeed(seed);
        // Enough rows to validate on that a row is a fifth of a point.
        common.getDataBuilder()
                .setLabelColumn("digit")
                .setNormalization("min_max")
                .setTestFraction(0.1);
        common.getDataBuilder().getSplitBuilder().setType("stratified").setValidationFraction(0.3);
        common.getNetworkBuilder()
                .addLayers(Layer.newBuilder().setType("dense").setUnits(64).setActivation("relu"))
                .addLayers(Layer.newBuilder().setType("dropout").setRate(0.1))
                .addLayers(Layer.newBuilder().setType("dense").setUnits(10));
        common.getLossBuilder().setType("cross_entropy");
        common.getOptimizerBuilder().setType("adam").setLearningRate(0.003);
        return common.build();
    }

    @SuppressWarnings("try") // The scope frees what is made while it is open.
    private static Curve train(TrainingSpec spec, TrainingData data) {
        torch.manual_seed(spec.seed());
        Epochs epochs = new Epochs();
        try (PointerScope scope = new PointerScope()) {
            Model model = Model.of(
                    spec.layers(),
                    data.inputStage(),
                    io.modelmill.worker.objective.Objective.of(spec.loss(), data.answers()));
            Trainer trainer = new Trainer(
                    spec,
                    model,
                    data.training(),
                    data.validation(),
                    Optional.empty(),
                    "benchmark",
                    epochs,
                    Checkpoints.NONE);
            var _ = trainer.train();
        }
        return new Curve(epochs.points);
    }

    /** Notes what was reached after each epoch. */
    private static final class Epochs implements TrainingListener {
        private final List<Curve.Point> points = new ArrayList<>();

        @Override
        public void progressed(TrainingProgress progress) {}

        @Override
        public void epochFinished(TrainingProgress progress) {
            Double value = progress.metrics().get(MEASURE);
            if (value == null) {
                throw new IllegalStateException("no " + MEASURE + " among " + progress.metrics());
            }
            points.add(new Curve.Point(progress.epoch(), value));
        }

        @Override
        public boolean stopRequested() {
            return false;
        }
    }
}
