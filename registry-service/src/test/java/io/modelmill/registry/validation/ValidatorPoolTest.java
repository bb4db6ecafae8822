package io.modelmill.registry.validation;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.modelmill.registry.fixture.Eventually;
import io.modelmill.registry.fixture.OnnxModels;
import io.modelmill.registry.validation.graph.GraphFiles;
import io.modelmill.registry.validation.graph.GraphLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ValidatorPoolTest {
    private static final ValidatorLimits LIMITS =
            new ValidatorLimits(Duration.ofMinutes(2), 64L << 20, 4L << 30, 50, Duration.ofMinutes(10));

    @TempDir
    private Path folder;

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private ValidatorPool pool;

    @BeforeEach
    void writeModel() throws IOException {
        pool = pool(OnnxValidatorMain.class, LIMITS);
        Files.createDirectories(homes());
        Files.write(folder.resolve("model.onnx"), OnnxModels.classifier(4, 3));
    }

    @AfterEach
    void endAll() throws Exception {
        pool.close();
        assertThat(validators()).isEmpty();
        try (var left = Files.list(folder.resolve("validators"))) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void looksAtOneVersionAfterTheOtherInOneProcess() throws Exception {
        assertThat(pool.validate(request(3))).isInstanceOf(ValidationOutcome.Accepted.class);
        List<Long> first = validators();
        assertThat(first).hasSize(1);

        assertThat(pool.validate(request(2)))
                .isEqualTo(
                        new ValidationOutcome.Refused("class_labels: 2 labels (expected: 3, the last axis of the first"
                                + " output \"probabilities\")"));
        assertThat(pool.validate(request(3))).isInstanceOf(ValidationOutcome.Accepted.class);
        assertThat(validators()).isEqualTo(first);
    }

    @Test
    void replacesProcessThatHasLookedAtEnough() throws Exception {
        use(
                OnnxValidatorMain.class,
                new ValidatorLimits(LIMITS.timeout(), LIMITS.heapBytes(), LIMITS.memoryBytes(), 1, LIMITS.idle()));

        assertThat(pool.validate(request(3))).isInstanceOf(ValidationOutcome.Accepted.class);
        assertThat(validators()).isEmpty();
        assertThat(pool.validate(request(3))).isInstanceOf(ValidationOutcome.Accepted.class);
        assertThat(ends("retired")).isEqualTo(2);
    }

    @Test
    void endsProcessThatWaitsInVain() throws Exception {
        use(
                OnnxValidatorMain.class,
                new ValidatorLimits(
                        LIMITS.timeout(), LIMITS.heapBytes(), LIMITS.memoryBytes(), 50, Duration.ofMillis(1)));

        assertThat(pool.validate(request(3))).isInstanceOf(ValidationOutcome.Accepted.class);

        Eventually.see(ValidatorPoolTest::validators, List::isEmpty);
        assertThat(pool.validate(request(3))).isInstanceOf(ValidationOutcome.Accepted.class);
    }

    @Test
    void startsAnotherForOneThatWasKilledWhileItWaited() throws Exception {
        pool.validate(request(3));
        long first = validators().getFirst();
        ProcessHandle.of(first).orElseThrow().destroyForcibly();
        Eventually.see(ValidatorPoolTest::validators, List::isEmpty);

        assertThat(pool.validate(request(3))).isInstanceOf(ValidationOutcome.Accepted.class);
        assertThat(ends("killed")).isOne();
    }

    @Test
    void endsProcessThatHangsAndGoesOnWithAFreshOne() throws Exception {
        use(
                ValidatorDoubles.Hanging.class,
                new ValidatorLimits(
                        Duration.ofSeconds(1), LIMITS.heapBytes(), LIMITS.memoryBytes(), 50, LIMITS.idle()));

        assertThat(pool.validate(request(0)))
                .isEqualTo(new ValidationOutcome.Refused("loading the model and running it once took longer than 1 s"));
        assertThat(validators()).isEmpty();
        assertThat(ends("timeout")).isOne();
    }

    @Test
    void endsProcessThatTakesTooMuchMemory() throws Exception {
        use(
                OnnxValidatorMain.class,
                new ValidatorLimits(LIMITS.timeout(), LIMITS.heapBytes(), 300L << 20, 50, LIMITS.idle()));
        Files.write(folder.resolve("model.onnx"), OnnxModels.hungry(1L << 30));

        assertThat(pool.validate(request(0)))
                .isEqualTo(new ValidationOutcome.Refused(
                        "loading the model and running it once took more than 300 MiB of memory"));
        Files.write(folder.resolve("model.onnx"), OnnxModels.classifier(4, 3));
        assertThat(pool.validate(request(3))).isInstanceOf(ValidationOutcome.Accepted.class);
        assertThat(ends("memory")).isOne();
    }

    @Test
    void refusesModelThatCrashesAFreshProcess() throws Exception {
        use(ValidatorDoubles.Crashing.class, LIMITS);

        assertThat(pool.validate(request(0)))
                .isEqualTo(new ValidationOutcome.Refused("ONNX Runtime crashed on the model (signal 11)"));
        assertThat(ends("crashed")).isOne();
    }

    @Test
    void triesModelThatCrashedAUsedProcessInAFreshOne() throws Exception {
        use(ValidatorDoubles.CrashingTheSecondTime.class, LIMITS);

        assertThat(pool.validate(request(0))).isEqualTo(new ValidationOutcome.Refused("looked at"));
        assertThat(pool.validate(request(0))).isEqualTo(new ValidationOutcome.Refused("looked at"));
        assertThat(ends("crashed")).isOne();
    }

    @Test
    void triesModelWhoseProcessWasKilledOnceMore() throws Exception {
        use(ValidatorDoubles.Killed.class, LIMITS);

        assertThat(pool.validate(request(0))).isEqualTo(new ValidationOutcome.Refused("looked at"));
        assertThat(ends("killed")).isOne();
    }

    @Test
    void refusesModelWhoseProcessWasKilledTwice() throws Exception {
        use(ValidatorDoubles.KilledAlways.class, LIMITS);

        assertThat(pool.validate(request(0)))
                .isEqualTo(new ValidationOutcome.Refused(
                        "the model's validation was killed (signal 9), as for want of memory"));
        assertThat(ends("killed")).isEqualTo(2);
    }

    @Test
    void refusesModelThatEndsTheProcessEarly() throws Exception {
        use(ValidatorDoubles.Ending.class, LIMITS);

        assertThat(pool.validate(request(0)))
                .isEqualTo(new ValidationOutcome.Refused("the model ended its validation early (status 0)"));
    }

    @Test
    void refusesModelThatBreaksWhatItsProcessSays() throws Exception {
        use(ValidatorDoubles.Babbling.class, LIMITS);

        assertThat(pool.validate(request(0)))
                .isEqualTo(new ValidationOutcome.Refused("the model's validation answered what is no report"));
        assertThat(validators()).isEmpty();
    }

    @Test
    void refusesModelThatTakesTheProcessesHeap() throws Exception {
        use(ValidatorDoubles.Greedy.class, LIMITS);

        assertThat(pool.validate(request(0)))
                .isEqualTo(new ValidationOutcome.Refused(
                        "loading the model and running it once took more than 64 MiB of heap"));
    }

    @Test
    void passesNoneOfTheServicesEnvironmentOn() throws Exception {
        use(ValidatorDoubles.Spying.class, LIMITS);

        assertThat(pool.validate(request(0)))
                .isInstanceOfSatisfying(
                        ValidationOutcome.Refused.class,
                        refused -> assertThat(refused.reason()).contains("PATH").doesNotContain("HOME"));
    }

    @Test
    void endsWithItsParent() throws Exception {
        Path home = Files.createDirectory(folder.resolve("alone"));
        Process orphan = new ProcessBuilder(
                        new ValidatorCommand(OnnxValidatorMain.class).line(home, LIMITS.heapBytes()))
                .start();
        Frames.write(orphan.getOutputStream(), request(3).write());

        orphan.getOutputStream().close();

        assertThat(orphan.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(orphan.exitValue()).isEqualTo(OnnxValidatorMain.PARENT_GONE);
    }

    private void use(Class<?> mainClass, ValidatorLimits limits) {
        pool = pool(mainClass, limits);
    }

    private ValidatorPool pool(Class<?> mainClass, ValidatorLimits limits) {
        return new ValidatorPool(new ValidatorCommand(mainClass), limits, new ValidationFolders(homes()), meters);
    }

    private Path homes() {
        return folder.resolve("validators");
    }

    private double ends(String cause) {
        return meters.counter("modelmill.validation.process.ends", "cause", cause)
                .count();
    }

    private ValidationRequest request(int classLabels) {
        return new ValidationRequest(
                folder.toString(),
                new GraphFiles("model.onnx", Map.of(), List.of()),
                new GraphLimits(1 << 20, 100, 4, 4, 1L << 32, Set.of()),
                classLabels);
    }

    private static List<Long> validators() {
        return ProcessHandle.current()
                .children()
                .filter(ProcessHandle::isAlive)
                .map(ProcessHandle::pid)
                .toList();
    }
}
