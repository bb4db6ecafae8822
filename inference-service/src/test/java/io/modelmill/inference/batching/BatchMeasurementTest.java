package io.modelmill.inference.batching;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelmill.inference.model.Datatype;
import io.modelmill.inference.model.InferenceReason;
import io.modelmill.inference.model.ServingSpec;
import io.modelmill.inference.model.ServingSpec.Batching;
import io.modelmill.inference.model.Signature;
import io.modelmill.inference.model.TensorSpec;
import io.modelmill.servicekit.error.ServiceException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongUnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** On a clock that only the runs of the graph advance. */
class BatchMeasurementTest {
    private final RunScheduler scheduler = new RunScheduler(1, 100, 1000, Map.of());
    private final AtomicLong clock = new AtomicLong();

    @AfterEach
    void close() {
        scheduler.close();
    }

    @Test
    void takesTheSmallestSizeThatIsCloseToTheBest() throws Exception {
        // 100 us for a run and 10 for a row, up to 8 rows; beyond, a row costs what it did at 8.
        BatchPolicy policy = measured(costing(rows -> rows <= 8 ? 100_000 + 10_000 * rows : 22_500 * rows));

        assertThat(policy.limits()).isEqualTo(BatchLimits.upTo(8));
        assertThat(policy.runNanos()).containsEntry(1, 110_000L).containsEntry(8, 180_000L);
    }

    @Test
    void doesNotBatchWhatGainsLessThanATenth() throws Exception {
        BatchPolicy policy = measured(costing(rows -> 10_000 + 1_000_000 * rows));

        assertThat(policy.limits()).isEqualTo(BatchLimits.UNBATCHED);
        assertThat(policy.runNanos()).containsKeys(1, 2, 4);
    }

    @Test
    void triesFewSizesOfASlowModel() throws Exception {
        BatchPolicy policy = measured(costing(rows -> Duration.ofMillis(500).toNanos()));

        assertThat(policy.runNanos()).containsOnlyKeys(1, 2);
        assertThat(policy.limits()).isEqualTo(BatchLimits.upTo(2));
    }

    @Test
    void neverBatchesRowsThatDependOnEachOther() throws Exception {
        FakeGraph mixing = new FakeGraph(1, run -> clock.addAndGet(1000)) {
            @Override
            void compute(ByteBuffer from, ByteBuffer to) {
                float sum = 0;
                while (from.hasRemaining()) {
                    sum += from.getFloat();
                }
                while (to.hasRemaining()) {
                    to.putFloat(sum);
                }
            }
        };

        assertThat(measured(mixing).limits()).isEqualTo(BatchLimits.UNBATCHED);
        assertThat(policy(mixing, new Batching(OptionalInt.of(8), Duration.ZERO, List.of()))
                        .limits())
                .as("its owner cannot make it so")
                .isEqualTo(BatchLimits.UNBATCHED);
    }

    @Test
    void neverBatchesAGraphWithoutAnAxisOfRows() throws Exception {
        FakeGraph fixed = new FakeGraph() {
            @Override
            public Signature signature() {
                return new Signature(
                        List.of(new TensorSpec(INPUT, Datatype.FP32, List.of(1L, 4L))),
                        List.of(new TensorSpec(OUTPUT, Datatype.FP32, List.of(-1L, 4L))));
            }
        };

        assertThat(measured(fixed)).isEqualTo(BatchPolicy.UNBATCHED);
        assertThat(fixed.runs).isEmpty();
    }

    @Test
    void triesLongerAxesWhenTheGraphRefusesShortOnes() throws Exception {
        FakeGraph images = new FakeGraph(1, run -> {
            clock.addAndGet(100_000);
            if (run.shape().getLast() < 32) {
                throw new ServiceException(InferenceReason.RUN_REFUSED, "nothing is left");
            }
        });

        assertThat(measured(images).limits()).isEqualTo(BatchLimits.upTo(32));
    }

    @Test
    void doesWhatTheOwnerSays() throws Exception {
        FakeGraph gaining = costing(rows -> 100_000);
        Batching wanted = new Batching(OptionalInt.of(6), Duration.ofMillis(3), List.of(2, 4));

        assertThat(policy(gaining, wanted).limits())
                .isEqualTo(new BatchLimits(6, Duration.ofMillis(3).toNanos(), List.of(2, 4)));
        assertThat(policy(gaining, new Batching(OptionalInt.of(1), Duration.ZERO, List.of()))
                        .limits())
                .isEqualTo(BatchLimits.UNBATCHED);
    }

    private FakeGraph costing(LongUnaryOperator nanosOfRows) {
        return new FakeGraph(1, run -> clock.addAndGet(nanosOfRows.applyAsLong(run.rows())));
    }

    private BatchPolicy measured(FakeGraph graph) throws InterruptedException {
        return policy(graph, Batching.MEASURED);
    }

    private BatchPolicy policy(FakeGraph graph, Batching wanted) throws InterruptedException {
        return new BatchMeasurement(scheduler, graph, "test", clock::get)
                .policy(new ServingSpec(
                        wanted, Optional.empty(), Optional.empty(), OptionalInt.empty(), OptionalLong.empty()));
    }
}
