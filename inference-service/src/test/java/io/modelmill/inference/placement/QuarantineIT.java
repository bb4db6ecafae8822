package io.modelmill.inference.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.modelmill.inference.batching.RunScheduler;
import io.modelmill.inference.fixture.Configurations;
import io.modelmill.inference.fixture.Eventually;
import io.modelmill.inference.model.Grant;
import io.modelmill.inference.model.InferenceReason;
import io.modelmill.inference.model.ModelKey;
import io.modelmill.inference.model.ServedModel;
import io.modelmill.inference.model.ServedVersion;
import io.modelmill.inference.model.Signature;
import io.modelmill.inference.model.VersionChoice;
import io.modelmill.inference.model.VersionFile;
import io.modelmill.inference.pipeline.PipelineConfig;
import io.modelmill.inference.pipeline.TextPipelines;
import io.modelmill.inference.session.SessionConfig;
import io.modelmill.inference.session.Sessions;
import io.modelmill.servicekit.error.ServiceException;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.SpanContext;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Versions that end their process, in processes of their own. */
class QuarantineIT {
    private static final long ID = 4711;
    private static final long OTHER = 815;
    private static final long THIRD = 42;

    @TempDir
    Path directory;

    @Test
    void putsAVersionIntoQuarantineWhoseLoadCrashedTwice() throws Exception {
        dies("crash-load", ID);
        assertThat(quarantined()).as("once may be chance").isEmpty();
        dies("crash-load", ID);

        assertThat(quarantined()).containsExactly(ID);
        assertThat(quarantined()).as("restarts change nothing").containsExactly(ID);
    }

    @Test
    void findsTheVersionOnTheThreadThatCrashedAmongOthersAtWork() throws Exception {
        dies("crash-run", ID, OTHER, THIRD);
        dies("crash-run", ID, OTHER, THIRD);

        assertThat(quarantined()).containsExactly(ID);
    }

    @Test
    void blamesNobodyForKillsFromOutsideUnderLoad() throws Exception {
        for (int kill = 0; kill < 4; kill++) {
            isKilled("run", ID, OTHER, THIRD);
        }

        assertThat(quarantined()).isEmpty();
    }

    @Test
    void blamesNoHotVersionThatIsAloneAtEveryKill() throws Exception {
        for (int kill = 0; kill < 4; kill++) {
            isKilled("run-proven", ID);
        }

        assertThat(quarantined()).isEmpty();
    }

    @Test
    void blamesAHotVersionThatCrashes() throws Exception {
        isKilled("run-proven", ID, OTHER);
        dies("crash-run", ID, OTHER);
        isKilled("run-proven", ID, OTHER);
        dies("crash-run", ID, OTHER);

        assertThat(quarantined()).containsExactly(ID);
    }

    @Test
    void putsAVersionIntoQuarantineInWhoseLoadTheProcessWasKilledThreeTimes() throws Exception {
        isKilled("load", ID);
        isKilled("load", ID);
        assertThat(quarantined())
                .as("twice may be chance, for a kill has many reasons")
                .isEmpty();
        isKilled("load", ID);

        assertThat(quarantined()).containsExactly(ID);
    }

    @Test
    void putsAVersionIntoQuarantineThatEndedItsProcessThreeTimesWithoutATrace() throws Exception {
        for (int death = 0; death < 3; death++) {
            assertThat(quarantined()).isEmpty();
            dies("exit-run", ID);
        }

        assertThat(quarantined()).as("what had ended by then is no suspect").containsExactly(ID);
    }

    @Test
    void keepsAVersionWhoseProcessStopsByItself() throws Exception {
        dies("crash-load", ID);
        for (int stop = 0; stop < 3; stop++) {
            assertThat(dies("stop", ID)).isZero();
        }

        assertThat(quarantined()).isEmpty();
    }

    @Test
    void forgetsADeathThatAProcessHasLivedLongEnoughAfter() throws Exception {
        dies("crash-load", ID);
        try (FaultJournal journal = new FaultJournal(directory, 2)) {
            journal.forgive();
            journal.loading(ID).close();
            journal.forgive();
        }
        dies("crash-load", ID);

        assertThat(quarantined()).isEmpty();
        dies("crash-load", ID);
        assertThat(quarantined()).containsExactly(ID);
    }

    @Test
    void loadsSuspectsOneAtATime() throws Exception {
        Files.writeString(
                directory.resolve("deaths"), "false " + Long.toHexString(ID) + " " + Long.toHexString(OTHER) + "\n");
        try (FaultJournal journal = new FaultJournal(directory, 2)) {
            FaultJournal.Loading first = journal.loading(ID);
            AtomicBoolean began = new AtomicBoolean();
            Thread second = Thread.ofPlatform().start(() -> {
                try (FaultJournal.Loading _ = journal.loading(OTHER)) {
                    began.set(true);
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            });
            Eventually.until("the other waits", () -> second.getState() == Thread.State.WAITING);
            try (FaultJournal.Loading _ = journal.loading(THIRD)) {
                assertThat(began).as("who is no suspect waits for nobody").isFalse();
            }
            first.close();
            second.join();
            assertThat(began).isTrue();
        }
    }

    @Test
    void passesOverWhatItCannotRead() throws Exception {
        Files.writeString(directory.resolve("quarantine"), "nonumber\n\n" + Long.toHexString(ID) + " it crashed\n");
        Files.writeString(directory.resolve("deaths"), "true no-number\n\n");
        Files.writeString(directory.resolve("process"), "damaged\n");

        try (FaultJournal journal = new FaultJournal(directory, 2)) {
            assertThat(journal.quarantine(ID)).contains("it crashed");
            assertThat(journal.quarantined()).isEqualTo(1);
        }
    }

    @Test
    void refusesAVersionInQuarantineWithoutTouchingItsFiles() throws Exception {
        ServedVersion version = new ServedVersion(
                1,
                List.of(new VersionFile("model.onnx", true, "a".repeat(64), 100)),
                new Signature(List.of(), List.of()),
                List.of());
        Files.writeString(
                directory.resolve("quarantine"), Long.toHexString(FaultJournal.id(version)) + " it crashed twice\n");
        ModelKey key = new ModelKey("acme", "deadly");
        AtomicInteger brought = new AtomicInteger();
        SimpleMeterRegistry meters = new SimpleMeterRegistry();
        VersionSizes sizes = new VersionSizes(() -> 0);
        MemoryBudget budget = new MemoryBudget(1_000, Duration.ofSeconds(10), System::nanoTime);
        SessionConfig session = Configurations.of(SessionConfig.class, Map.of());
        try (FaultJournal journal = new FaultJournal(directory, 1);
                RunScheduler scheduler = new RunScheduler(1, 1, 1, Map.of())) {
            VersionLoader loader = new VersionLoader(
                    (model, wanted) -> {
                        brought.incrementAndGet();
                        throw new LoadFailedException("brought");
                    },
                    new Sessions(session),
                    scheduler,
                    new TextPipelines(Configurations.of(PipelineConfig.class, Map.of("user.home", "/nowhere"))),
                    sizes,
                    meters,
                    OpenTelemetry.noop().getTracer("test"));
            try (LoadThreads threads = new LoadThreads(
                    new BudgetedLoads(loader, budget, sizes, System::nanoTime, Optional.of(journal), meters),
                    Configurations.of(PlacementConfig.class, Map.of()),
                    meters)) {
                Placements placements = new Placements(threads, model -> {});
                assertThat(placements.apply(
                                ServedModel.of(
                                        key,
                                        1,
                                        new Grant.OwnerOnly(),
                                        List.of(version),
                                        Map.of(VersionChoice.PRODUCTION, 1L)),
                                SpanContext.getInvalid()))
                        .isTrue();

                assertThatExceptionOfType(ExecutionException.class)
                        .isThrownBy(() -> placements
                                .acquire(key, new VersionChoice.Unnamed(), SpanContext.getInvalid())
                                .get(10, TimeUnit.SECONDS))
                        .havingCause()
                        .isInstanceOfSatisfying(
                                ServiceException.class,
                                refused -> assertThat(refused.reason()).isEqualTo(InferenceReason.VERSION_QUARANTINED))
                        .withMessage("tenants/acme/models/deadly/versions/1 could not be loaded: it is in quarantine on"
                                + " this replica: it crashed twice");
            }
        }
        assertThat(brought).hasValue(0);
        assertThat(budget.taken()).isZero();
        assertThat(meters.get("modelmill.placement.versions.quarantined")
                        .gauge()
                        .value())
                .isEqualTo(1);
    }

    /** Versions that a replica that starts now does not load. */
    private List<Long> quarantined() {
        try (FaultJournal journal = new FaultJournal(directory, 2)) {
            return Stream.of(ID, OTHER, THIRD, ID + 1, ID + 2)
                    .filter(journal::isQuarantined)
                    .toList();
        }
    }

    /** Runs a process until it ends; answers its exit code. */
    private int dies(String how, Long... ids) throws IOException, InterruptedException {
        Process process = start(how, ids);
        try {
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            return process.exitValue();
        } finally {
            process.destroyForcibly().waitFor();
        }
    }

    /** Runs a process and kills it when all its versions are at work. */
    private void isKilled(String how, Long... ids) throws IOException, InterruptedException {
        Process process = start(how, ids);
        try (BufferedReader output = process.inputReader()) {
            assertThat(output.lines().anyMatch(DyingProcess.AT_WORK::equals)).isTrue();
        } finally {
            process.destroyForcibly().waitFor();
        }
        assertThat(process.exitValue()).as("SIGKILL's").isEqualTo(137);
    }

    private Process start(String how, Long... ids) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                ProcessHandle.current().info().command().orElse("java"),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:TieredStopAtLevel=1",
                "-XX:-CreateCoredumpOnCrash",
                "-cp",
                System.getProperty("java.class.path"),
                DyingProcess.class.getName(),
                directory.toString(),
                how));
        Stream.of(ids).map(String::valueOf).forEach(command::add);
        // Where the JVM leaves its error file unless it is told otherwise.
        return new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }
}
