package io.modelmill.benchmarks.inference;

import io.modelmill.benchmarks.figure.Figure;
import io.modelmill.benchmarks.figure.Goal;
import io.modelmill.benchmarks.figure.Median;
import io.modelmill.benchmarks.load.GrpcTarget;
import io.modelmill.benchmarks.load.LoadResult;
import io.modelmill.benchmarks.load.OpenLoop;
import io.modelmill.benchmarks.model.BenchModel;
import io.modelmill.benchmarks.model.BenchModels;
import io.modelmill.benchmarks.model.ModelFolder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.HdrHistogram.Histogram;

/** New versions of a model that is being called, each in place of the one before: no call fails and no memory is lost. */
final class SwapBenchmark implements Benchmark {
    /** Versions of 24 MB, so that one which is not let go shows. */
    private static final BenchModel MODEL = BenchModels.wide().named("swapped");

    private static final Duration SLICE = Duration.ofSeconds(2);
    private static final double CALLS_PER_SECOND = 100;
    private static final int MOST_OUTSTANDING = 10_000;
    private static final int WARMING_CALLERS = 32;
    private static final int SETTLED = 20;
    private static final int WINDOW = 10;
    private static final double DRIFT = 0.05;
    private static final double MEBIBYTE = 1 << 20;
    private static final double MILLISECOND = 1e6;

    @Override
    public String title() {
        return "hot swaps under load: failed calls, and memory from the " + SETTLED + "th on";
    }

    @Override
    public void prepare(ModelFolder folder) {
        // Its models come and go in a folder of their own.
    }

    @Override
    public List<Figure> run(Bench bench) throws InterruptedException {
        ModelFolder folder = bench.emptyFolder("swapped");
        folder.add(MODEL, 1);
        // Its memory has seen nothing else, and it looks at the folder more often than shipped, to be done in minutes.
        Bench own = bench.another(folder, List.of("modelmill.repository.poll-interval=100ms"));
        try {
            return measure(own);
        } finally {
            own.stopServer();
        }
    }

    private static List<Figure> measure(Bench bench) throws InterruptedException {
        GrpcTarget predictions = bench.predictions(MODEL);
        int swaps = bench.pace().swaps();
        // A heap that was never full and compilers at work would be taken for what swaps leave behind.
        bench.pace().compilation(WARMING_CALLERS).await(predictions, bench.server()::usage);
        AtomicBoolean over = new AtomicBoolean();
        List<Double> resident = new ArrayList<>();
        List<LoadResult> results;
        long begin = System.nanoTime();
        try (ExecutorService thread = Executors.newSingleThreadExecutor()) {
            Future<List<LoadResult>> load = thread.submit(() -> call(predictions, over));
            try {
                for (int version = 2; version <= swaps + 1; version++) {
                    bench.folder().add(MODEL, version);
                    bench.server().awaitReady(MODEL.name(), Integer.toString(version));
                    bench.folder().remove(MODEL.name(), version - 1);
                    resident.add(bench.server()
                            .usage()
                            .residentBytes()
                            .map(Long::doubleValue)
                            .orElse(Double.NaN));
                }
            } finally {
                over.set(true);
            }
            results = load.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("the load broke off", e);
        }
        double seconds = (System.nanoTime() - begin) / 1e9;
        results.stream()
                .filter(result -> result.failed() > 0)
                .forEach(result -> bench.tell("failed: %s", result.describeFailures()));
        int settled = Math.min(SETTLED, swaps / 2);
        double early = Median.of(resident.subList(settled - 1, Math.min(settled - 1 + WINDOW, swaps)));
        double late = Median.of(resident.subList(Math.max(0, swaps - WINDOW), swaps));
        Histogram answered = results.getFirst().answered().copy();
        results.subList(1, results.size()).forEach(result -> answered.add(result.answered()));
        return List.of(
                Figure.of("swaps.done", swaps, "swaps"),
                Figure.of("swaps.seconds_each", seconds / swaps, "s"),
                Figure.of("swaps.calls", answered.getTotalCount(), "calls"),
                Figure.of("swaps.p50", answered.getValueAtPercentile(50) / MILLISECOND, "ms"),
                Figure.of("swaps.p99", answered.getValueAtPercentile(99) / MILLISECOND, "ms"),
                Figure.of("swaps.resident_early", early / MEBIBYTE, "MiB"),
                Figure.of("swaps.resident_late", late / MEBIBYTE, "MiB"),
                Figure.of(
                        "swaps.failed",
                        results.stream().mapToLong(LoadResult::failed).sum(),
                        "calls",
                        Goal.atMost(0)),
                Figure.of("swaps.drift", late / early - 1, "ratio", Goal.atMost(DRIFT)));
    }

    /** In slices, for nobody knows how long the swaps take. */
    private static List<LoadResult> call(GrpcTarget predictions, AtomicBoolean over) throws InterruptedException {
        List<LoadResult> results = new ArrayList<>();
        for (int slice = 0; !over.get(); slice++) {
            results.addAll(new OpenLoop(Duration.ZERO, SLICE, MOST_OUTSTANDING)
                    .run(List.of(new OpenLoop.Source(predictions, CALLS_PER_SECOND, slice))));
        }
        return results;
    }
}
