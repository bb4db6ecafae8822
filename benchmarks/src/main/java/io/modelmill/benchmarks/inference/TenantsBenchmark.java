package io.modelmill.benchmarks.inference;

import io.modelmill.benchmarks.figure.Figure;
import io.modelmill.benchmarks.figure.Goal;
import io.modelmill.benchmarks.figure.Median;
import io.modelmill.benchmarks.load.GrpcTarget;
import io.modelmill.benchmarks.load.LoadResult;
import io.modelmill.benchmarks.load.OpenLoop;
import io.modelmill.benchmarks.load.Saturation;
import io.modelmill.benchmarks.model.BenchModel;
import io.modelmill.benchmarks.model.BenchModels;
import io.modelmill.benchmarks.model.ModelFolder;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.HdrHistogram.Histogram;

/**
 * Whether one tenant's load slows the others: four tenants with a model each put the same load together, once in equal
 * parts, once with the first asking ten times as much as each other one.
 */
final class TenantsBenchmark implements Benchmark {
    private static final int TENANTS = 4;
    private static final double HEAVY = 10;
    /** The queue is long enough to tell fair from unfair, and what is asked can be answered. */
    private static final double SHARE_OF_CAPACITY = 0.7;

    private static final int CALLERS = 32;
    private static final int MOST_OUTSTANDING = 20_000;
    private static final double SLOWER = 1.2;
    private static final double MILLISECOND = 1e6;

    private final BenchModel model = BenchModels.wide();

    @Override
    public String title() {
        return "tenants: the others' p99 beside one with 10 times their load, of that with the same load in equal parts";
    }

    @Override
    public void prepare(ModelFolder folder) {
        for (int tenant = 0; tenant < TENANTS; tenant++) {
            folder.add(model.named(name(tenant)), 1);
        }
    }

    @Override
    public List<Figure> run(Bench bench) throws InterruptedException {
        Pace pace = bench.pace();
        List<GrpcTarget> targets = new ArrayList<>();
        for (int tenant = 0; tenant < TENANTS; tenant++) {
            targets.add(bench.predictions(model.named(name(tenant))).with("x-modelmill-tenant", name(tenant)));
        }
        AtomicInteger next = new AtomicInteger();
        Saturation saturation = new Saturation(CALLERS, pace.warmUp(), pace.measured());
        double capacity = saturation
                .run(answer -> targets.get(Math.floorMod(next.getAndIncrement(), TENANTS))
                        .call(answer))
                .perSecond();
        double total = capacity * SHARE_OF_CAPACITY;
        List<Double> even = new ArrayList<>();
        List<Double> skewed = new ArrayList<>();
        List<Double> ratios = new ArrayList<>();
        long failed = 0;
        for (int round = 0; round < pace.rounds(); round++) {
            List<LoadResult> equal = load(pace, targets, total / TENANTS, total / TENANTS, round);
            double part = total / (HEAVY + TENANTS - 1);
            List<LoadResult> unequal = load(pace, targets, part * HEAVY, part, round);
            even.add(tailOfOthers(equal));
            skewed.add(tailOfOthers(unequal));
            ratios.add(skewed.getLast() / even.getLast());
            failed += failed(equal) + failed(unequal);
            bench.tell(
                    "%.0f/s together: the others' p99 %.2f ms in equal parts, %.2f ms beside the heavy one (whose p99 is %.2f ms)",
                    total,
                    even.getLast() / MILLISECOND,
                    skewed.getLast() / MILLISECOND,
                    unequal.getFirst().nanos(99) / MILLISECOND);
        }
        return List.of(
                Figure.of("tenants.capacity", capacity, "1/s"),
                Figure.of("tenants.load", total, "1/s"),
                Figure.of("tenants.equal.p99", Median.of(even) / MILLISECOND, "ms"),
                Figure.of("tenants.beside_heavy.p99", Median.of(skewed) / MILLISECOND, "ms"),
                Figure.of("tenants.failed", failed, "calls", Goal.atMost(0)),
                Figure.of("tenants.beside_heavy.of_equal", Median.of(ratios), "ratio", Goal.atMost(SLOWER)));
    }

    private static List<LoadResult> load(Pace pace, List<GrpcTarget> targets, double first, double others, int seed)
            throws InterruptedException {
        List<OpenLoop.Source> sources = new ArrayList<>();
        for (int tenant = 0; tenant < TENANTS; tenant++) {
            sources.add(new OpenLoop.Source(
                    targets.get(tenant), tenant == 0 ? first : others, (long) seed * TENANTS + tenant));
        }
        return new OpenLoop(pace.warmUp(), pace.measured(), MOST_OUTSTANDING).run(sources);
    }

    /** Of all calls of the tenants but the first. */
    private static double tailOfOthers(List<LoadResult> results) {
        Histogram others = results.get(1).answered().copy();
        for (LoadResult result : results.subList(2, results.size())) {
            others.add(result.answered());
        }
        return others.getTotalCount() == 0 ? Double.NaN : others.getValueAtPercentile(99);
    }

    private static long failed(List<LoadResult> results) {
        return results.stream().mapToLong(LoadResult::failed).sum();
    }

    private static String name(int tenant) {
        return "tenant-" + tenant;
    }
}
