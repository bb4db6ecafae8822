package io.modelmill.inference.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.modelmill.inference.batching.RunScheduler;
import io.modelmill.inference.fixture.Configurations;
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
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Versions that end their process, in processes of their own. */
class QuarantineIT {
    private static final long ID = 4711;

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"load", "run"})
    void putsAVersionIntoQuarantineThatEndedItsProcessTwice(String how) throws Exception {
        assertThat(process(how)).isEqualTo(DyingProcess.EXIT_CODE);
        assertThat(process(how)).isEqualTo(DyingProcess.EXIT_CODE);

        try (FaultJournal journal = new FaultJournal(directory, 2)) {
            assertThat(journal.isQuarantined(ID)).isTrue();
            assertThat(journal.quarantined())
                    .as("what had ended by then is no suspect")
                    .isEqualTo(1);
        }
        try (FaultJournal later = new FaultJournal(directory, 2)) {
            assertThat(later.isQuarantined(ID)).as("restarts change nothing").isTrue();
        }
    }

    @Test
    void keepsAVersionThatEndedItsProcessOnce() throws Exception {
        assertThat(process("run")).isEqualTo(DyingProcess.EXIT_CODE);
        assertThat(process("stop")).isZero();
        assertThat(process("stop")).isZero();

        try (FaultJournal journal = new FaultJournal(directory, 2)) {
            assertThat(journal.isQuarantined(ID)).isFalse();
        }
    }

    @Test
    void forgetsADeathThatAProcessHasLivedLongEnoughAfter() throws Exception {
        assertThat(process("load")).isEqualTo(DyingProcess.EXIT_CODE);
        try (FaultJournal journal = new FaultJournal(directory, 2)) {
            journal.forgive();
            journal.loading(ID).close();
            journal.forgive();
        }
        assertThat(process("load")).isEqualTo(DyingProcess.EXIT_CODE);

        try (FaultJournal journal = new FaultJournal(directory, 2)) {
            assertThat(journal.isQuarantined(ID)).isFalse();
        }
        assertThat(process("load")).isEqualTo(DyingProcess.EXIT_CODE);
        try (FaultJournal journal = new FaultJournal(directory, 2)) {
            assertThat(journal.isQuarantined(ID)).isTrue();
        }
    }

    @Test
    void passesOverWhatItCannotRead() throws Exception {
        Files.writeString(directory.resolve("faults"), "no number\n\n" + Long.toHexString(ID) + " 2\n");

        try (FaultJournal journal = new FaultJournal(directory, 2)) {
            assertThat(journal.isQuarantined(ID)).isTrue();
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
        Files.writeString(directory.resolve("faults"), Long.toHexString(FaultJournal.id(version)) + " 2\n");
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
                Placements placements = new Placements(threads);
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
                                + " this replica, whose process died 2 times or more while it was loaded or run");
            }
        }
        assertThat(brought).hasValue(0);
        assertThat(budget.taken()).isZero();
        assertThat(meters.get("modelmill.placement.versions.quarantined")
                        .gauge()
                        .value())
                .isEqualTo(1);
    }

    private int process(String how) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElse("java"),
                        "-cp",
                        System.getProperty("java.class.path"),
                        DyingProcess.class.getName(),
                        directory.toString(),
                        how,
                        Long.toString(ID))
                .inheritIO()
                .start();
        try {
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
            return process.exitValue();
        } finally {
            process.destroyForcibly();
        }
    }
}
