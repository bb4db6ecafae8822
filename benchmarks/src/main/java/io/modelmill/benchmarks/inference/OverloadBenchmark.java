package io.modelmill.benchmarks.inference;

import io.modelmill.benchmarks.figure.Figure;
import io.modelmill.benchmarks.figure.Goal;
import io.modelmill.benchmarks.load.GrpcTarget;
import io.modelmill.benchmarks.load.LoadResult;
import io.modelmill.benchmarks.load.OpenLoop;
import io.modelmill.benchmarks.load.Saturation;
import io.modelmill.benchmarks.model.BenchModel;
import io.modelmill.benchmarks.model.BenchModels;
import io.modelmill.benchmarks.model.ModelFolder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What is left of the throughput when far more is asked than can be answered. A call that the server took and did not
 * answer in time counts among the admitted with the time that its caller waited; one refused at once does not.
 */
final class OverloadBenchmark implements Benchmark {
    private static final Duration DEADLINE = Duration.ofSeconds(1);
    private static final List<Integer> LOADS = List.of(1, 2, 5);
    private static final int CALLERS = 32;
    private static final int MOST_OUTSTANDING = 20_000;
    private static final double SHARE_OF_PEAK = 0.9;
    private static final double MILLISECOND = 1e6;

    private final MiniLmModel miniLm;

    OverloadBenchmark(MiniLmModel miniLm) {
        this.miniLm = miniLm;
    }

    @Override
    public String title() {
        return "overload: MiniLM at 1, 2 and 5 times its capacity, each call with a deadline of " + DEADLINE.toSeconds()
                + " s";
    }

    @Override
    public void prepare(ModelFolder folder) throws InterruptedException {
        miniLm.get().ifPresent(model -> folder.add(model, 1));
    }

    @Override
    public List<Figure> run(Bench bench) throws InterruptedException {
        return miniLm.get().isPresent() ? measure(bench, miniLm.get().get()) : List.of();
    }

    /**
     * Has the server's compilers do their work before. This model alone gives them too few calls: they would take up to
     * half of the processor for minutes. A small one brings them the path of answers, and an overload that of refusals.
     */
    private static void compile(Bench bench, GrpcTarget predictions, double capacity) throws InterruptedException {
        bench.pace().compilation(CALLERS).await(bench.predictions(BenchModels.small()), bench.server()::usage);
        new OpenLoop(Duration.ZERO, bench.pace().compiling(), MOST_OUTSTANDING)
                .run(List.of(new OpenLoop.Source(predictions, capacity * LOADS.getLast(), 0)));
    }

    private static List<Figure> measure(Bench bench, BenchModel model) throws InterruptedException {
        Pace pace = bench.pace();
        GrpcTarget predictions = bench.predictions(model).within(DEADLINE);
        Saturation saturation = new Saturation(CALLERS, pace.warmUp(), pace.measured());
        compile(bench, predictions, saturation.run(predictions).perSecond());
        double capacity = saturation.run(predictions).perSecond();
        // Until the queue is as long as it gets.
        Duration warmUp = DEADLINE.plus(pace.warmUp());
        Map<Integer, LoadResult> results = new LinkedHashMap<>();
        for (int load : LOADS) {
            LoadResult result = new OpenLoop(warmUp, pace.measured().multipliedBy(2), MOST_OUTSTANDING)
                    .run(List.of(new OpenLoop.Source(predictions, capacity * load, load)))
                    .getFirst();
            results.put(load, result);
            bench.tell(
                    "%d x %.0f/s: %.0f/s answered, admitted p99 %.0f ms; %s",
                    load,
                    capacity,
                    result.perSecond(),
                    result.admittedNanos(99) / MILLISECOND,
                    result.describeFailures());
        }
        double peak = Math.max(
                capacity,
                results.values().stream()
                        .mapToDouble(LoadResult::perSecond)
                        .max()
                        .orElseThrow());
        List<Figure> figures = new ArrayList<>(List.of(Figure.of("overload.minilm.capacity", capacity, "1/s")));
        results.forEach((load, result) -> {
            String prefix = "overload.minilm.x" + load;
            figures.add(Figure.of(prefix + ".goodput", result.perSecond(), "1/s"));
            figures.add(
                    Figure.of(prefix + ".of_peak", result.perSecond() / peak, "ratio", Goal.atLeast(SHARE_OF_PEAK)));
            figures.add(Figure.of(
                    prefix + ".admitted.p99",
                    result.admittedNanos(99) / MILLISECOND,
                    "ms",
                    Goal.atMost(DEADLINE.toMillis())));
        });
        return figures;
    }
}
