package io.modelmill.benchmarks.inference;

import io.modelmill.benchmarks.figure.Figure;
import io.modelmill.benchmarks.figure.Goal;
import io.modelmill.benchmarks.figure.Median;
import io.modelmill.benchmarks.load.GrpcTarget;
import io.modelmill.benchmarks.load.LoadResult;
import io.modelmill.benchmarks.load.Saturation;
import io.modelmill.benchmarks.machine.ProcessUsage;
import io.modelmill.benchmarks.model.BenchModel;
import io.modelmill.benchmarks.model.BenchModels;
import io.modelmill.benchmarks.model.ModelFolder;
import io.modelmill.benchmarks.runner.RunOutcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/**
 * How much of what the processor can do reaches the callers. Models that compute much are compared with ONNX Runtime in
 * process, one row a run as one row a call; a model that computes little with the bare server.
 */
final class ThroughputBenchmark implements Benchmark {
    private static final double SHARE_OF_RUNS = 0.9;
    private static final double SHARE_OF_ECHO = 0.8;
    private static final int CALLERS = 16;
    private static final int SMALL_CALLERS = 64;
    private static final int BATCH = 8;
    private static final double NANOSECONDS = 1e9;
    private static final double MICROSECONDS = 1e6;
    private static final double MICROSECOND_NANOS = 1e3;

    private final MiniLmModel miniLm;
    private final BenchModel resNet = BenchModels.resNet18();
    private final BenchModel mlp = BenchModels.mlp();

    ThroughputBenchmark(MiniLmModel miniLm) {
        this.miniLm = miniLm;
    }

    @Override
    public String title() {
        return "saturated throughput: of ONNX Runtime in process, and of a bare call of the same bytes";
    }

    @Override
    public void prepare(ModelFolder folder) throws InterruptedException {
        miniLm.get().ifPresent(model -> folder.add(model, 1));
        folder.add(resNet, 1);
        folder.add(mlp, 1);
    }

    @Override
    public List<Figure> run(Bench bench) throws InterruptedException {
        // The small model first: its many calls have the server compiled for the slow ones.
        List<Figure> figures = new ArrayList<>(besideEchoes(bench));
        if (miniLm.get().isPresent()) {
            figures.addAll(besideRuns(bench, miniLm.get().get()));
        }
        figures.addAll(besideRuns(bench, resNet));
        return figures;
    }

    private static List<Figure> besideRuns(Bench bench, BenchModel model) throws InterruptedException {
        Pace pace = bench.pace();
        GrpcTarget predictions = bench.predictions(model);
        Saturation load = new Saturation(CALLERS, Duration.ZERO, pace.measured());
        List<Saturated> served = new ArrayList<>();
        List<RunOutcome> ran = new ArrayList<>();
        List<Double> shares = new ArrayList<>();
        List<Double> processorShares = new ArrayList<>();
        load.run(predictions);
        for (int round = 0; round < pace.rounds(); round++) {
            Saturated saturated = saturate(load, predictions, bench.server()::usage);
            RunOutcome runs = bench.runs(model);
            served.add(saturated);
            ran.add(runs);
            shares.add(saturated.result().perSecond() / runs.runsPerSecond());
            processorShares.add(runs.processorNanos() / MICROSECOND_NANOS / saturated.microsecondsOfServer());
            bench.tell(
                    "%s: %.1f/s served, %.1f/s in process; processor %.0f us and %.0f us",
                    model.name(),
                    saturated.result().perSecond(),
                    runs.runsPerSecond(),
                    saturated.microsecondsOfServer(),
                    runs.processorNanos() / MICROSECOND_NANOS);
        }
        double perSecond = median(served, each -> each.result().perSecond());
        double batched =
                bench.runs(model, BATCH, pace.warmUp(), pace.measured()).runsPerSecond() * BATCH;
        String prefix = "throughput." + model.name();
        return List.of(
                Figure.of(prefix + ".served", perSecond, "1/s"),
                Figure.of(
                        prefix + ".in_process",
                        Median.of(ran.stream().map(RunOutcome::runsPerSecond).toList()),
                        "1/s"),
                Figure.of(prefix + ".processor_time", median(served, Saturated::microsecondsOfServer), "us"),
                Figure.of(prefix + ".in_process_of_processor_time", Median.of(processorShares), "ratio"),
                Figure.of(prefix + ".in_process_by_" + BATCH, batched, "rows/s"),
                Figure.of(prefix + ".of_in_process_by_" + BATCH, perSecond / batched, "ratio"),
                Figure.of(prefix + ".failed", failed(served), "calls", Goal.atMost(0)),
                Figure.of(prefix + ".of_in_process", Median.of(shares), "ratio", Goal.atLeast(SHARE_OF_RUNS)));
    }

    /** One saturated round: calls a second, and the processor's time of one, in which the load generator has no part. */
    private record Saturated(LoadResult result, double microsecondsOfServer, double shareOfGenerator) {}

    private List<Figure> besideEchoes(Bench bench) throws InterruptedException {
        Pace pace = bench.pace();
        GrpcTarget predictions = bench.predictions(mlp);
        GrpcTarget echoes = bench.echoes(mlp, predictions.callOnce());
        Saturation load = new Saturation(SMALL_CALLERS, Duration.ZERO, pace.measured());
        pace.compilation(SMALL_CALLERS).await(predictions, bench.server()::usage);
        pace.compilation(SMALL_CALLERS).await(echoes, bench.echo()::usage);
        List<Saturated> served = new ArrayList<>();
        List<Saturated> echoed = new ArrayList<>();
        for (int round = 0; round < pace.rounds(); round++) {
            served.add(saturate(load, predictions, bench.server()::usage));
            echoed.add(saturate(load, echoes, bench.echo()::usage));
            bench.tell(
                    "%s: %.0f/s served with the generator busy %.0f %%, %.0f/s echoed with the generator busy %.0f %%",
                    mlp.name(),
                    served.getLast().result().perSecond(),
                    served.getLast().shareOfGenerator() * 100,
                    echoed.getLast().result().perSecond(),
                    echoed.getLast().shareOfGenerator() * 100);
        }
        List<Double> shares = new ArrayList<>();
        for (int round = 0; round < pace.rounds(); round++) {
            shares.add(served.get(round).result().perSecond()
                    / echoed.get(round).result().perSecond());
        }
        String prefix = "throughput.mlp";
        return List.of(
                Figure.of(
                        prefix + ".served", median(served, each -> each.result().perSecond()), "1/s"),
                Figure.of(prefix + ".echo", median(echoed, each -> each.result().perSecond()), "1/s"),
                Figure.of(prefix + ".processor_time", median(served, Saturated::microsecondsOfServer), "us"),
                Figure.of(prefix + ".echo.processor_time", median(echoed, Saturated::microsecondsOfServer), "us"),
                Figure.of(prefix + ".generator_busy", median(served, Saturated::shareOfGenerator), "ratio"),
                Figure.of(prefix + ".echo.generator_busy", median(echoed, Saturated::shareOfGenerator), "ratio"),
                Figure.of(prefix + ".failed", failed(served), "calls", Goal.atMost(0)),
                Figure.of(prefix + ".of_echo", Median.of(shares), "ratio", Goal.atLeast(SHARE_OF_ECHO)));
    }

    private static Saturated saturate(Saturation load, GrpcTarget target, Supplier<ProcessUsage> server)
            throws InterruptedException {
        Duration serverBefore = server.get().processorTime();
        Duration ownBefore = ProcessUsage.current().processorTime();
        LoadResult result = load.run(target);
        double serving = server.get().processorTime().minus(serverBefore).toNanos() / NANOSECONDS;
        double own = ProcessUsage.current().processorTime().minus(ownBefore).toNanos() / NANOSECONDS;
        return new Saturated(
                result, serving * MICROSECONDS / (result.perSecond() * result.seconds()), own / result.seconds());
    }

    private static long failed(List<Saturated> rounds) {
        return rounds.stream().mapToLong(each -> each.result().failed()).sum();
    }

    private static double median(List<Saturated> rounds, ToDoubleFunction<Saturated> value) {
        return Median.of(rounds.stream().map(value::applyAsDouble).toList());
    }
}
