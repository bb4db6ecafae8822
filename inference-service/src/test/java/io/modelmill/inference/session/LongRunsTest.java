package io.modelmill.inference.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import ai.onnxruntime.OrtException;
import io.modelmill.inference.fixture.Configurations;
import io.modelmill.inference.fixture.Eventually;
import io.modelmill.inference.model.Datatype;
import io.modelmill.inference.model.InferenceReason;
import io.modelmill.servicekit.error.ServiceException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Runs that take too long, and a great many of them. */
class LongRunsTest {
    private static final long WITHOUT_END = 1L << 40;

    private final Sessions sessions = new Sessions(Configurations.of(SessionConfig.class, Map.of()));

    @TempDir
    Path folder;

    @Test
    void endsARunThatNobodyWaitsFor() throws Exception {
        ModelSession session = open(TestGraphs.loop(32));
        Termination termination = new Termination();
        CompletableFuture<RunResult> run = new CompletableFuture<>();
        Thread thread = Thread.ofPlatform().start(() -> {
            try {
                run.complete(session.run(0, List.of(times(WITHOUT_END)), List.of("y"), termination));
            } catch (RuntimeException failure) {
                run.completeExceptionally(failure);
            }
        });
        Eventually.until(
                "the run is under way",
                () -> ManagementFactory.getThreadMXBean().getThreadCpuTime(thread.threadId())
                        > Duration.ofMillis(100).toNanos());

        termination.request();

        assertThat(run.handle((_, failure) -> failure).get(30, TimeUnit.SECONDS))
                .isInstanceOfSatisfying(
                        ServiceException.class,
                        ended -> assertThat(ended.reason()).isEqualTo(InferenceReason.RUN_TERMINATED));
        thread.join();
        try (RunResult result = session.run(0, List.of(times(3)), List.of("y"), new Termination())) {
            assertThat(result.outputs().getFirst().shape()).containsExactly(32L, 32L);
        }
        session.retire();
    }

    @Test
    void doesNotBeginARunThatNobodyWaitsFor() throws Exception {
        ModelSession session = open(TestGraphs.loop(32));
        Termination termination = new Termination();
        termination.request();

        assertThatExceptionOfType(ServiceException.class)
                .isThrownBy(() -> session.run(0, List.of(times(WITHOUT_END)), List.of("y"), termination))
                .satisfies(ended -> assertThat(ended.reason()).isEqualTo(InferenceReason.RUN_TERMINATED));
        session.retire();
    }

    /** One leaked output of 32 KiB a run would be 640 MiB. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void leavesNoMemoryBehind() throws Exception {
        ModelSession inPlace = open(TestGraphs.perceptron(4, 4, 1024));
        ModelSession copied = open(TestGraphs.findings());
        runs(2_000, inPlace, copied);
        long before = residentKibibytes();

        runs(20_000, inPlace, copied);

        assertThat(residentKibibytes() - before).as("KiB more").isLessThan(128L << 10);
        inPlace.retire();
        copied.retire();
    }

    private static void runs(int count, ModelSession inPlace, ModelSession copied) {
        for (int run = 0; run < count; run++) {
            ModelSession session = run % 2 == 0 ? inPlace : copied;
            int rows = run % 2 == 0 ? 1 + run % 16 : 4096;
            int bytes = run % 2 == 0 ? rows * 16 : rows * 4;
            List<Long> shape = run % 2 == 0 ? List.of((long) rows, 4L) : List.of((long) rows);
            InputTensor input = new InputTensor("x", Datatype.FP32, shape, new TensorContent.Elements(bytes, buffer -> {
                while (buffer.hasRemaining()) {
                    buffer.putFloat(1);
                }
            }));
            session.run(0, List.of(input), List.of("y"), new Termination()).close();
        }
    }

    private static long residentKibibytes() throws IOException {
        System.gc();
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow();
    }

    private static InputTensor times(long count) {
        return new InputTensor(
                "times", Datatype.INT64, List.of(), new TensorContent.Elements(8, buffer -> buffer.putLong(count)));
    }

    private ModelSession open(byte[] graph) throws IOException, OrtException {
        return sessions.open(Files.write(Files.createTempFile(folder, "model", ".onnx"), graph), "test");
    }
}
