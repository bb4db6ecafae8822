package io.modelmill.benchmarks.inference;

import io.modelmill.benchmarks.figure.Figure;
import io.modelmill.benchmarks.figure.Median;
import io.modelmill.benchmarks.load.GrpcTarget;
import io.modelmill.benchmarks.load.Saturation;
import io.modelmill.benchmarks.model.BenchModel;
import io.modelmill.benchmarks.model.BenchModels;
import io.modelmill.benchmarks.model.ModelFolder;
import java.util.ArrayList;
import java.util.List;

/** What the batches that the server chose by itself gain over one row a run. Told, not judged: some models gain nothing. */
final class BatchingBenchmark implements Benchmark {
    private static final int CALLERS = 32;
    private static final String SINGLE = "{\"batching\":{\"maxBatchSize\":1}}";

    private final MiniLmModel miniLm;

    BatchingBenchmark(MiniLmModel miniLm) {
        this.miniLm = miniLm;
    }

    @Override
    public String title() {
        return "batching: throughput as the server chooses, of that with single rows";
    }

    @Override
    public void prepare(ModelFolder folder) throws InterruptedException {
        for (BenchModel model : models()) {
            folder.add(model, 1);
            folder.add(single(model), 1, SINGLE);
        }
    }

    @Override
    public List<Figure> run(Bench bench) throws InterruptedException {
        List<Figure> figures = new ArrayList<>();
        for (BenchModel model : models()) {
            figures.addAll(measure(bench, model));
        }
        return figures;
    }

    private static List<Figure> measure(Bench bench, BenchModel model) throws InterruptedException {
        Pace pace = bench.pace();
        GrpcTarget batched = bench.predictions(model);
        GrpcTarget single = bench.predictions(single(model));
        Saturation load = new Saturation(CALLERS, pace.warmUp(), pace.measured());
        load.run(batched);
        load.run(single);
        List<Double> with = new ArrayList<>();
        List<Double> without = new ArrayList<>();
        List<Double> gains = new ArrayList<>();
        for (int round = 0; round < pace.rounds(); round++) {
            with.add(load.run(batched).perSecond());
            without.add(load.run(single).perSecond());
            gains.add(with.getLast() / without.getLast());
            bench.tell("%s: %.1f/s, single %.1f/s", model.name(), with.getLast(), without.getLast());
        }
        String prefix = "batching." + model.name();
        return List.of(
                Figure.of(prefix + ".chosen", Median.of(with), "1/s"),
                Figure.of(prefix + ".single", Median.of(without), "1/s"),
                Figure.of(prefix + ".gain", Median.of(gains), "ratio"));
    }

    private List<BenchModel> models() throws InterruptedException {
        List<BenchModel> models =
                new ArrayList<>(List.of(BenchModels.mlp(), BenchModels.wide(), BenchModels.resNet18()));
        miniLm.get().ifPresent(models::add);
        return models;
    }

    private static BenchModel single(BenchModel model) {
        return model.named(model.name() + "-single");
    }
}
