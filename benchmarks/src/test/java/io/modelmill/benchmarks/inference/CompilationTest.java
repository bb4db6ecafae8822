package io.modelmill.benchmarks.inference;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.modelmill.benchmarks.load.Target;
import io.modelmill.benchmarks.machine.ProcessUsage;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class CompilationTest {
    private static final Target NOTHING = answer -> Thread.ofVirtual().start(() -> answer.arrived(Status.Code.OK));

    @Test
    void endsWhenTheProcessorTimeStopsFalling() throws InterruptedException {
        AtomicInteger looks = new AtomicInteger();
        // Ever more for a call: the first slice is the best.
        new Compilation(1, Duration.ofMillis(2), 50).await(NOTHING, () -> {
            int look = looks.incrementAndGet();
            return new ProcessUsage(Duration.ofDays((long) look * look * look), Optional.empty());
        });

        assertThat(looks).hasValueLessThan(100);
    }

    @Test
    void endsAfterAllItsSlices() throws InterruptedException {
        AtomicInteger looks = new AtomicInteger();
        // A tenth of what the slice before took, or less: days against at most some thousand calls more or fewer.
        new Compilation(1, Duration.ofMillis(2), 2).await(NOTHING, () -> {
            int look = looks.incrementAndGet();
            return new ProcessUsage(look < 2 ? Duration.ZERO : Duration.ofDays(100), Optional.empty());
        });

        assertThat(looks).hasValue(4);
    }
}
