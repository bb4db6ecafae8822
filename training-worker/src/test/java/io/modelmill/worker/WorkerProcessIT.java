package io.modelmill.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.grpc.Status;
import io.modelmill.proto.registry.v1.FileKind;
import io.modelmill.proto.registry.v1.ModelFile;
import io.modelmill.proto.training.v1.Checkpoint;
import io.modelmill.proto.training.v1.Progress;
import io.modelmill.proto.training.v1.TrainingSpec;
import io.modelmill.proto.training.worker.v1.Failure;
import io.modelmill.proto.training.worker.v1.ReportOutcomeRequest;
import io.modelmill.proto.training.worker.v1.Trained;
import io.modelmill.worker.fixture.FakeFleet;
import io.modelmill.worker.fixture.FakeRegistry;
import io.modelmill.worker.fixture.TrainingSpecs;
import io.modelmill.worker.fixture.WorkerProcess;
import io.modelmill.worker.process.ExitCode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The packaged worker against fakes of the services, over real connections. */
class WorkerProcessIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Path DIGITS = Path.of("../examples/digits/digits.csv");

    @TempDir
    Path folder;

    @Test
    void trainsDigitsAndReportsTheModel() throws Exception {
        byte[] digits = Files.readAllBytes(DIGITS);
        try (var fleet = new FakeFleet(TrainingSpecs.digits(30), digits)) {
            String log = runToEnd(fleet, ExitCode.OUTCOME_REPORTED);

            Trained trained = outcome(fleet).getTrained();
            assertThat(trained.getMetricsMap()).containsKeys("test_loss", "test_accuracy", "export_max_abs_difference");
            assertThat(trained.getMetricsOrThrow("test_accuracy")).isGreaterThanOrEqualTo(0.95);
            assertThat(trained.getClassLabelsList()).containsExactly("0", "1", "2", "3", "4", "5", "6", "7", "8", "9");
            assertThat(trained.getFilesList())
                    .extracting(ModelFile::getPath, ModelFile::getKind)
                    .containsExactly(
                            tuple("model.onnx", FileKind.FILE_KIND_ONNX_MODEL),
                            tuple("held-out-rows.json", FileKind.FILE_KIND_OTHER),
                            tuple("samples.json", FileKind.FILE_KIND_OTHER),
                            tuple("evaluation.json", FileKind.FILE_KIND_OTHER),
                            tuple("model-card.json", FileKind.FILE_KIND_OTHER),
                            tuple("model-card.md", FileKind.FILE_KIND_OTHER));
            for (ModelFile file : trained.getFilesList()) {
                byte[] bytes = Objects.requireNonNull(
                        fleet.registry.artifacts.get(FakeFleet.TENANT + "/artifacts/" + file.getSha256()));
                assertThat(bytes).as(file.getPath()).hasSize((int) file.getSizeBytes());
                assertThat(FakeRegistry.sha256(bytes)).isEqualTo(file.getSha256());
            }
            assertThat(epochs(fleet))
                    .containsExactlyElementsOf(
                            IntStream.rangeClosed(1, 30).boxed().toList());
            Progress last = fleet.training.progress.getLast();
            assertThat(last.getMetricsMap()).containsOnlyKeys("loss", "accuracy", "learning_rate", "rows_per_second");
            assertThat(last.getStep()).isEqualTo(last.getSteps()).isEqualTo(30 * 45);
            assertThat(last.getRemaining().getSeconds()).isZero();
            assertThat(fleet.calls.getFirst().authorization()).isEqualTo("Bearer " + FakeFleet.START_TOKEN);
            assertThat(fleet.calls.subList(1, fleet.calls.size()))
                    .allMatch(call -> call.authorization().equals("Bearer " + FakeFleet.LEASE_TOKEN));
            assertThat(fleet.calls).allMatch(call -> call.traceParent().equals(FakeFleet.TRACE_PARENT));
            assertThat(log).doesNotContain(FakeFleet.START_TOKEN, FakeFleet.LEASE_TOKEN);
        }
    }

    @Test
    void uploadsNothingThatTheRegistryHas() throws Exception {
        try (var fleet = new FakeFleet(TrainingSpecs.flowers(3), TrainingSpecs.flowerRows())) {
            runToEnd(fleet, ExitCode.OUTCOME_REPORTED);
            assertThat(fleet.registry.uploads).hasValue(6);
            try (var again = new FakeFleet(TrainingSpecs.flowers(3), TrainingSpecs.flowerRows())) {
                again.registry.artifacts.putAll(fleet.registry.artifacts);
                runToEnd(again, ExitCode.OUTCOME_REPORTED);
                List<ModelFile> files = outcome(again).getTrained().getFilesList();
                List<ModelFile> missing = files.stream()
                        .filter(file -> !fleet.registry.artifacts.containsKey(
                                FakeFleet.TENANT + "/artifacts/" + file.getSha256()))
                        .toList();
                assertThat(missing)
                        .as("the cards alone may differ: they tell how long training took")
                        .isSubsetOf(files.subList(4, 6));
                assertThat(again.registry.uploads).hasValue(missing.size());
                assertThat(outcome(again).getTrained().getFilesList().subList(0, 4))
                        .isEqualTo(outcome(fleet).getTrained().getFilesList().subList(0, 4));
            }
        }
    }

    @Test
    void stopsWhenTheOwnerCancels() throws Exception {
        try (var fleet = new FakeFleet(endless(), TrainingSpecs.flowerRows())) {
            fleet.training.leaseLength = Duration.ofSeconds(9);
            fleet.training.onProgress = epoch -> fleet.training.cancelRequested = true;
            String log = runToEnd(fleet, ExitCode.OUTCOME_REPORTED);
            assertThat(outcome(fleet).hasCancelled()).isTrue();
            assertThat(epochs(fleet)).doesNotContain(10_000);
            Checkpoint kept = fleet.training.checkpoints.getLast();
            assertThat(kept.getStep())
                    .as(log)
                    .isGreaterThanOrEqualTo(epochs(fleet).getLast() * 48L);
            assertThat(fleet.registry.artifacts.get(FakeFleet.TENANT + "/artifacts/" + kept.getSha256()))
                    .hasSize((int) kept.getSizeBytes());
        }
    }

    /** The model of a job that was cancelled and resumed has the same bytes as that of one that was not. */
    @Test
    void goesOnWhereAnotherAttemptWasStopped() throws Exception {
        TrainingSpec spec = TrainingSpecs.flowers(600).toBuilder()
                .setBatchSize(1)
                .setCheckpointSteps(1000)
                .build();
        try (var fleet = new FakeFleet(spec, TrainingSpecs.flowerRows());
                var resumed = new FakeFleet(spec, TrainingSpecs.flowerRows());
                var whole = new FakeFleet(spec, TrainingSpecs.flowerRows())) {
            fleet.training.leaseLength = Duration.ofSeconds(3);
            fleet.training.onProgress = epoch -> fleet.training.cancelRequested = epoch.getEpoch() >= 30;
            runToEnd(fleet, ExitCode.OUTCOME_REPORTED);
            assertThat(outcome(fleet).hasCancelled()).isTrue();
            assertThat(fleet.training.checkpoints).hasSizeGreaterThan(1);
            resumed.registry.artifacts.putAll(fleet.registry.artifacts);
            resumed.training.resumed = Optional.of(fleet.training.checkpoints.getLast());
            String log = runToEnd(resumed, ExitCode.OUTCOME_REPORTED);
            assertThat(log).contains("training goes on behind step");
            assertThat(epochs(resumed).getFirst()).isGreaterThan(30);
            runToEnd(whole, ExitCode.OUTCOME_REPORTED);
            assertThat(outcome(resumed).getTrained().getFiles(0))
                    .isEqualTo(outcome(whole).getTrained().getFiles(0));
        }
    }

    /** The model of a job that gave its place to another has the same bytes as that of one that did not. */
    @Test
    void givesItsPlaceAndGoesOnToTheSameBits() throws Exception {
        TrainingSpec spec =
                TrainingSpecs.flowers(600).toBuilder().setBatchSize(1).build();
        try (var preempted = new FakeFleet(spec, TrainingSpecs.flowerRows());
                var again = new FakeFleet(spec, TrainingSpecs.flowerRows());
                var whole = new FakeFleet(spec, TrainingSpecs.flowerRows())) {
            preempted.training.leaseLength = Duration.ofSeconds(3);
            preempted.training.onProgress = epoch -> preempted.training.yieldRequested = epoch.getEpoch() >= 30;
            String log = runToEnd(preempted, ExitCode.OUTCOME_REPORTED);
            assertThat(outcome(preempted).hasYielded()).as(log).isTrue();
            again.registry.artifacts.putAll(preempted.registry.artifacts);
            again.training.resumed = Optional.of(preempted.training.checkpoints.getLast());
            assertThat(runToEnd(again, ExitCode.OUTCOME_REPORTED)).contains("training goes on behind step");
            runToEnd(whole, ExitCode.OUTCOME_REPORTED);
            assertThat(outcome(again).getTrained().getFiles(0))
                    .isEqualTo(outcome(whole).getTrained().getFiles(0));
        }
    }

    @Test
    void endsWithItsLeaseWhenNobodyAnswers() throws Exception {
        try (var fleet = new FakeFleet(endless(), TrainingSpecs.flowerRows())) {
            fleet.training.leaseLength = Duration.ofSeconds(3);
            fleet.training.onProgress = epoch -> fleet.training.silent = true;
            runToEnd(fleet, ExitCode.LEASE_EXPIRED);
            assertThat(fleet.training.outcome).isNotDone();
        }
    }

    @Test
    void endsWithItsLeaseWhenTheServiceIsGone() throws Exception {
        try (var fleet = new FakeFleet(endless(), TrainingSpecs.flowerRows())) {
            fleet.training.leaseLength = Duration.ofSeconds(3);
            var trains = new CountDownLatch(1);
            fleet.training.onProgress = epoch -> trains.countDown();
            try (var worker = WorkerProcess.start(fleet.environment(folder), folder)) {
                assertThat(trains.await(PATIENCE.toMillis(), TimeUnit.MILLISECONDS))
                        .as(worker.log())
                        .isTrue();
                fleet.stop();
                assertThat(worker.exitCode(PATIENCE)).as(worker.log()).isEqualTo(ExitCode.LEASE_EXPIRED.code());
            }
        }
    }

    @Test
    void endsAtOnceWhenFenced() throws Exception {
        try (var fleet = new FakeFleet(endless(), TrainingSpecs.flowerRows())) {
            fleet.training.onProgress = epoch -> {
                if (epoch.getEpoch() == 3) {
                    fleet.training.attemptStatus = Status.ABORTED.withDescription("another attempt holds the job");
                }
            };
            String log = runToEnd(fleet, ExitCode.FENCED);
            assertThat(log).contains("another attempt holds the job");
            assertThat(epochs(fleet)).containsExactly(1, 2);
            assertThat(fleet.training.outcome).isNotDone();
        }
    }

    @Test
    void endsAtOnceWhenItsFencingTokenIsOld() throws Exception {
        try (var fleet = new FakeFleet(endless(), TrainingSpecs.flowerRows())) {
            var environment = fleet.environment(folder);
            environment.put("MODELMILL_FENCING_TOKEN", "6");
            try (var worker = WorkerProcess.start(environment, folder)) {
                assertThat(worker.exitCode(PATIENCE)).as(worker.log()).isEqualTo(ExitCode.FENCED.code());
            }
        }
    }

    @Test
    void outlastsARestartOfTheServices() throws Exception {
        try (var fleet = new FakeFleet(TrainingSpecs.flowers(400), TrainingSpecs.flowerRows())) {
            var trains = new CountDownLatch(1);
            fleet.training.onProgress = epoch -> trains.countDown();
            try (var worker = WorkerProcess.start(fleet.environment(folder), folder)) {
                assertThat(trains.await(PATIENCE.toMillis(), TimeUnit.MILLISECONDS))
                        .as(worker.log())
                        .isTrue();
                fleet.restart(() -> waitForLog(worker, "cannot report epoch"));
                assertThat(worker.exitCode(PATIENCE)).as(worker.log()).isEqualTo(ExitCode.OUTCOME_REPORTED.code());
            }
            assertThat(outcome(fleet).hasTrained()).isTrue();
            assertThat(epochs(fleet).stream().distinct())
                    .containsExactlyElementsOf(
                            IntStream.rangeClosed(1, 400).boxed().toList());
        }
    }

    @Test
    void retriesWhatIsUnavailable() throws Exception {
        try (var fleet = new FakeFleet(TrainingSpecs.flowers(2), TrainingSpecs.flowerRows())) {
            fleet.training.nextFailures.addAll(List.of(Status.UNAVAILABLE, Status.UNAVAILABLE));
            fleet.registry.brokenDownloads.set(2);
            fleet.training.onProgress = epoch -> {
                if (epoch.getEpoch() == 2) {
                    fleet.training.nextFailures.addAll(List.of(Status.UNAVAILABLE, Status.UNAVAILABLE));
                }
                fleet.training.onProgress = later -> {};
            };
            runToEnd(fleet, ExitCode.OUTCOME_REPORTED);
            assertThat(outcome(fleet).hasTrained()).isTrue();
        }
    }

    @Test
    void refusesBytesThatAreNotTheDataSet() throws Exception {
        try (var fleet = new FakeFleet(TrainingSpecs.flowers(3), TrainingSpecs.flowerRows())) {
            String name = fleet.registry.artifacts.keySet().iterator().next();
            byte[] others = "a,b\n1,2\n".getBytes(StandardCharsets.UTF_8);
            fleet.registry.artifacts.put(name, others);
            runToEnd(fleet, ExitCode.OUTCOME_REPORTED);
            Failure failure = outcome(fleet).getFailure();
            assertThat(failure.getCause()).isEqualTo(Failure.Cause.CAUSE_PLATFORM);
            assertThat(failure.getMessage())
                    .contains(FakeRegistry.sha256(others), "expected", name.substring(name.lastIndexOf('/') + 1));
        }
    }

    @Test
    void tellsWhenTheDataSetIsMissing() throws Exception {
        try (var fleet = new FakeFleet(TrainingSpecs.flowers(3), TrainingSpecs.flowerRows())) {
            fleet.registry.artifacts.clear();
            runToEnd(fleet, ExitCode.OUTCOME_REPORTED);
            Failure failure = outcome(fleet).getFailure();
            assertThat(failure.getCause()).isEqualTo(Failure.Cause.CAUSE_PLATFORM);
            assertThat(failure.getMessage()).contains("NOT_FOUND");
        }
    }

    @Test
    void blamesTheJobForAWrongCell() throws Exception {
        byte[] rows = "width,kind\n1,a\nwide,b\n".getBytes(StandardCharsets.UTF_8);
        try (var fleet = new FakeFleet(TrainingSpecs.flowers(3), rows)) {
            runToEnd(fleet, ExitCode.OUTCOME_REPORTED);
            Failure failure = outcome(fleet).getFailure();
            assertThat(failure.getCause()).isEqualTo(Failure.Cause.CAUSE_JOB);
            assertThat(failure.getMessage())
                    .isEqualTo("line 3, column \"width\": \"wide\" (expected: a finite decimal number)");
        }
    }

    @Test
    void namesWhatItsEnvironmentLacks() throws Exception {
        try (var worker = WorkerProcess.start(Map.of("MODELMILL_JOB", FakeFleet.JOB), folder)) {
            assertThat(worker.exitCode(PATIENCE)).isEqualTo(ExitCode.MISCONFIGURED.code());
            assertThat(worker.log()).contains("MODELMILL_FENCING_TOKEN: missing", "MODELMILL_ACCESS_TOKEN: missing");
        }
    }

    @Test
    void endsWhenNobodyGivesItAnAssignment() throws Exception {
        try (var fleet = new FakeFleet(TrainingSpecs.flowers(3), TrainingSpecs.flowerRows())) {
            fleet.training.nextFailures.add(Status.UNAUTHENTICATED.withDescription("token expired"));
            String log = runToEnd(fleet, ExitCode.OUTCOME_UNREPORTED);
            assertThat(log).contains("token expired");
            assertThat(fleet.training.outcome).isNotDone();
        }
    }

    @Test
    void blamesTheJobForASpecThatCannotWork() throws Exception {
        TrainingSpec spec = TrainingSpecs.flowers(3).toBuilder().setBatchSize(0).build();
        try (var fleet = new FakeFleet(spec, TrainingSpecs.flowerRows())) {
            runToEnd(fleet, ExitCode.OUTCOME_REPORTED);
            Failure failure = outcome(fleet).getFailure();
            assertThat(failure.getCause()).isEqualTo(Failure.Cause.CAUSE_JOB);
            assertThat(failure.getMessage()).isEqualTo("batch_size: 0 (expected: 1 to 65536)");
        }
    }

    private static TrainingSpec endless() {
        return TrainingSpecs.flowers(10_000).toBuilder().setBatchSize(1).build();
    }

    private String runToEnd(FakeFleet fleet, ExitCode expected) throws IOException, InterruptedException {
        try (var worker = WorkerProcess.start(fleet.environment(folder.resolve("work")), folder)) {
            assertThat(worker.exitCode(PATIENCE)).as(worker.log()).isEqualTo(expected.code());
            return worker.log();
        }
    }

    private static ReportOutcomeRequest outcome(FakeFleet fleet) {
        assertThat(fleet.training.outcome).isDone();
        return fleet.training.outcome.join();
    }

    private static List<Integer> epochs(FakeFleet fleet) {
        return fleet.training.progress.stream()
                .filter(told -> told.getStep() == told.getEpoch() * (told.getSteps() / told.getEpochs()))
                .map(Progress::getEpoch)
                .toList();
    }

    private static void waitForLog(WorkerProcess worker, String text) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        try {
            while (!worker.log().contains(text)) {
                assertThat(System.nanoTime()).as("waiting for: " + text).isLessThan(end);
                Thread.sleep(20);
            }
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
