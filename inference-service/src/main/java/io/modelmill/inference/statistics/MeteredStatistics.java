package io.modelmill.inference.statistics;

import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.modelmill.inference.statistics.VersionTotals.BatchSize;
import io.modelmill.inference.statistics.VersionTotals.Sum;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * One loaded version's measures, summed up for the protocol and as histograms for the metrics. They are made when it is
 * loaded, so that a prediction looks nothing up, and leave with it, so that a long-lived replica does not gather those of
 * all versions that ever were.
 */
public final class MeteredStatistics implements VersionStatistics, AutoCloseable {
    /** Three a decade, from a small copy to a long run. Each costs a series of every histogram of every loaded version. */
    private static final Duration[] TIME_BUCKETS = {
        Duration.ofNanos(10_000),
        Duration.ofNanos(20_000),
        Duration.ofNanos(50_000),
        Duration.ofNanos(100_000),
        Duration.ofNanos(200_000),
        Duration.ofNanos(500_000),
        Duration.ofMillis(1),
        Duration.ofMillis(2),
        Duration.ofMillis(5),
        Duration.ofMillis(10),
        Duration.ofMillis(20),
        Duration.ofMillis(50),
        Duration.ofMillis(100),
        Duration.ofMillis(200),
        Duration.ofMillis(500),
        Duration.ofSeconds(1),
        Duration.ofSeconds(5)
    };

    private static final double[] SIZE_BUCKETS = {1, 2, 4, 8, 16, 32, 64, 128};

    private final MeterRegistry registry;
    private final List<Meter> meters = new ArrayList<>();
    private final Timer queueTime;
    private final Timer gatherTime;
    private final Timer computeTime;
    private final Timer scatterTime;
    private final DistributionSummary batchSize;

    private final LongAdder requested = new LongAdder();
    private final LongAdder answered = new LongAdder();
    private final LongAdder rows = new LongAdder();
    private final LongAdder queueNanos = new LongAdder();
    private final LongAdder gatherNanos = new LongAdder();
    private final LongAdder computeNanos = new LongAdder();
    private final LongAdder scatterNanos = new LongAdder();
    /** By the kind's ordinal. */
    private final LongAdder[] failures = new LongAdder[FailureKind.values().length];

    private final LongAdder failureNanos = new LongAdder();
    private final AtomicLong lastInferenceMillis = new AtomicLong();
    private final ConcurrentMap<Integer, Batches> batches = new ConcurrentHashMap<>();

    /** @param model as {@code tenant.model} */
    public MeteredStatistics(MeterRegistry registry, String model, long version) {
        this.registry = registry;
        Tags tags = Tags.of("model", model, "version", Long.toString(version));
        counter("modelmill.inference.requests", "Predictions that were asked of the version", tags, requested);
        for (FailureKind kind : FailureKind.values()) {
            LongAdder count = new LongAdder();
            failures[kind.ordinal()] = count;
            counter(
                    "modelmill.inference.failures",
                    "Predictions of the version that were not answered",
                    tags.and("kind", kind.tag()),
                    count);
        }
        this.queueTime = timer("queue", "Time that predictions waited for their batch", tags);
        this.gatherTime = timer("gather", "Time that the inputs of batches took to be put together", tags);
        this.computeTime = timer("compute", "Time of runs", tags);
        this.scatterTime = timer("scatter", "Time that answers took to be written", tags);
        this.batchSize = DistributionSummary.builder("modelmill.inference.batch.size")
                .description("Rows of batches, without padding")
                .serviceLevelObjectives(SIZE_BUCKETS)
                .tags(tags)
                .register(registry);
        meters.add(batchSize);
    }

    private void counter(String name, String description, Tags tags, LongAdder count) {
        meters.add(FunctionCounter.builder(name, count, LongAdder::sum)
                .description(description)
                .tags(tags)
                .register(registry));
    }

    private Timer timer(String stage, String description, Tags tags) {
        Timer timer = Timer.builder("modelmill.inference." + stage + ".duration")
                .description(description)
                .serviceLevelObjectives(TIME_BUCKETS)
                .tags(tags)
                .register(registry);
        meters.add(timer);
        return timer;
    }

    @Override
    public void requested() {
        requested.increment();
    }

    @Override
    public void answered(int requestRows, long queue, long gather, long compute, long scatter) {
        answered.increment();
        rows.add(requestRows);
        queueNanos.add(queue);
        gatherNanos.add(gather);
        computeNanos.add(compute);
        scatterNanos.add(scatter);
        queueTime.record(queue, TimeUnit.NANOSECONDS);
        scatterTime.record(scatter, TimeUnit.NANOSECONDS);
        lastInferenceMillis.setOpaque(System.currentTimeMillis());
    }

    @Override
    public void failed(FailureKind kind, long duration) {
        failures[kind.ordinal()].increment();
        failureNanos.add(duration);
    }

    @Override
    public void ran(int requests, int batchRows, long gather, long compute, long scatter) {
        Batches ofSize = batches.get(batchRows);
        if (ofSize == null) {
            ofSize = batches.computeIfAbsent(batchRows, Batches::new);
        }
        ofSize.add(gather, compute, scatter);
        gatherTime.record(gather, TimeUnit.NANOSECONDS);
        computeTime.record(compute, TimeUnit.NANOSECONDS);
        batchSize.record(batchRows);
    }

    /** What was noted until now. */
    public VersionTotals totals() {
        long count = answered.sum();
        long queue = queueNanos.sum();
        long gather = gatherNanos.sum();
        long compute = computeNanos.sum();
        long scatter = scatterNanos.sum();
        List<BatchSize> sizes = batches.values().stream()
                .map(Batches::total)
                .sorted(Comparator.comparingInt(BatchSize::rows))
                .toList();
        return new VersionTotals(
                lastInferenceMillis.getOpaque(),
                rows.sum(),
                sizes.stream().mapToLong(BatchSize::batches).sum(),
                new Sum(count, queue + gather + compute + scatter),
                new Sum(Arrays.stream(failures).mapToLong(LongAdder::sum).sum(), failureNanos.sum()),
                new Sum(count, queue),
                new Sum(count, gather),
                new Sum(count, compute),
                new Sum(count, scatter),
                sizes);
    }

    /** Takes the version's metrics out of the registry; what is noted later counts in {@link #totals} alone. */
    @Override
    public void close() {
        meters.forEach(registry::remove);
    }

    /** All batches of as many rows. */
    private static final class Batches {
        private final int rows;
        private final LongAdder count = new LongAdder();
        private final LongAdder gather = new LongAdder();
        private final LongAdder compute = new LongAdder();
        private final LongAdder scatter = new LongAdder();

        Batches(int rows) {
            this.rows = rows;
        }

        void add(long gatherNanos, long computeNanos, long scatterNanos) {
            count.increment();
            gather.add(gatherNanos);
            compute.add(computeNanos);
            scatter.add(scatterNanos);
        }

        BatchSize total() {
            return new BatchSize(rows, count.sum(), gather.sum(), compute.sum(), scatter.sum());
        }
    }
}
