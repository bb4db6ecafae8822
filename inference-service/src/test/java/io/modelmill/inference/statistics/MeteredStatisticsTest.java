package io.modelmill.inference.statistics;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.modelmill.inference.statistics.VersionTotals.BatchSize;
import io.modelmill.inference.statistics.VersionTotals.Sum;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MeteredStatisticsTest {
    private final MeterRegistry registry = new SimpleMeterRegistry();
    private final MeteredStatistics statistics = new MeteredStatistics(registry, "acme.cats", 3);

    @Test
    void beginsWithNothing() {
        assertThat(statistics.totals().success()).isEqualTo(new Sum(0, 0));
        assertThat(statistics.totals().lastInferenceMillis()).isZero();
        assertThat(statistics.totals().batchSizes()).isEmpty();
    }

    @Test
    void chargesEachRequestWithTheTimesOfItsWholeBatch() {
        statistics.requested();
        statistics.requested();
        statistics.answered(2, 100, 20, 300, 4);
        statistics.answered(3, 50, 20, 300, 6);
        statistics.ran(2, 5, 20, 300, 10);

        VersionTotals totals = statistics.totals();

        assertThat(totals.rows()).isEqualTo(5);
        assertThat(totals.batches()).isEqualTo(1);
        assertThat(totals.queue()).isEqualTo(new Sum(2, 150));
        assertThat(totals.gather()).isEqualTo(new Sum(2, 40));
        assertThat(totals.compute()).isEqualTo(new Sum(2, 600));
        assertThat(totals.scatter()).isEqualTo(new Sum(2, 10));
        assertThat(totals.success()).isEqualTo(new Sum(2, 800));
        assertThat(totals.batchSizes()).containsExactly(new BatchSize(5, 1, 20, 300, 10));
        assertThat(totals.lastInferenceMillis()).isPositive();
    }

    @Test
    void keepsBatchesOfDifferentSizesApart() {
        statistics.ran(1, 8, 1, 10, 100);
        statistics.ran(1, 1, 2, 20, 200);
        statistics.ran(1, 8, 4, 40, 400);

        assertThat(statistics.totals().batchSizes())
                .containsExactly(new BatchSize(1, 1, 2, 20, 200), new BatchSize(8, 2, 5, 50, 500));
        assertThat(statistics.totals().batches()).isEqualTo(3);
    }

    @Test
    void countsFailuresByKind() {
        statistics.failed(FailureKind.REFUSED, 10);
        statistics.failed(FailureKind.REFUSED, 20);
        statistics.failed(FailureKind.CANCELLED, 30);

        assertThat(statistics.totals().failure()).isEqualTo(new Sum(3, 60));
        assertThat(failures("refused")).isEqualTo(2);
        assertThat(failures("cancelled")).isEqualTo(1);
        assertThat(failures("fault")).isZero();
    }

    private double failures(String kind) {
        return registry.get("modelmill.inference.failures")
                .tags("model", "acme.cats", "version", "3", "kind", kind)
                .functionCounter()
                .count();
    }

    @Test
    void fillsHistograms() {
        statistics.answered(4, 1_500_000, 0, 0, 15_000);
        statistics.ran(1, 4, 30_000, 150_000_000, 15_000);

        assertThat(timer("queue").totalTime(TimeUnit.NANOSECONDS)).isEqualTo(1_500_000);
        assertThat(timer("gather").totalTime(TimeUnit.NANOSECONDS)).isEqualTo(30_000);
        assertThat(timer("compute").takeSnapshot().histogramCounts()).anySatisfy(bucket -> {
            assertThat(bucket.bucket(TimeUnit.MILLISECONDS)).isEqualTo(200);
            assertThat(bucket.count()).isEqualTo(1);
        });
        assertThat(timer("scatter").takeSnapshot().histogramCounts()).anySatisfy(bucket -> {
            assertThat(bucket.bucket(TimeUnit.MICROSECONDS)).isEqualTo(10);
            assertThat(bucket.count()).isZero();
        });
        assertThat(registry.get("modelmill.inference.batch.size").summary().mean())
                .isEqualTo(4);
    }

    private io.micrometer.core.instrument.Timer timer(String stage) {
        return registry.get("modelmill.inference." + stage + ".duration")
                .tags("model", "acme.cats", "version", "3")
                .timer();
    }

    @Test
    void takesItsMetricsAwayAndLeavesThoseOfOtherVersions() {
        MeteredStatistics other = new MeteredStatistics(registry, "acme.cats", 4);
        int ofOne = registry.getMeters().size() / 2;

        statistics.close();

        assertThat(registry.getMeters())
                .hasSize(ofOne)
                .allSatisfy(meter -> assertThat(meter.getId().getTag("version")).isEqualTo("4"));
        other.close();
        assertThat(registry.getMeters()).isEmpty();
    }

    @Test
    void losesNothingBetweenThreads() throws Exception {
        int threads = 4;
        int each = 10_000;
        CountDownLatch begin = new CountDownLatch(threads);
        try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
            for (int thread = 0; thread < threads; thread++) {
                executor.execute(() -> {
                    begin.countDown();
                    for (int request = 0; request < each; request++) {
                        statistics.requested();
                        statistics.answered(1, 1, 1, 1, 1);
                        statistics.ran(1, 1 + request % 3, 1, 1, 1);
                    }
                });
            }
        }

        assertThat(statistics.totals().success()).isEqualTo(new Sum(threads * each, 4L * threads * each));
        assertThat(statistics.totals().batches()).isEqualTo(threads * each);
    }

    @ParameterizedTest
    @CsvSource({
        "INVALID_ARGUMENT, INVALID",
        "UNIMPLEMENTED, INVALID",
        "RESOURCE_EXHAUSTED, REFUSED",
        "UNAVAILABLE, REFUSED",
        "CANCELLED, CANCELLED",
        "DEADLINE_EXCEEDED, EXPIRED",
        "INTERNAL, FAULT",
        "UNKNOWN, FAULT"
    })
    void countsAFailureAsWhatItsCallerIsTold(Status.Code code, FailureKind kind) {
        assertThat(FailureKind.of(code)).isEqualTo(kind);
    }
}
