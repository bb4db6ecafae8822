package io.modelmill.worker;

import io.modelmill.dataset.DatasetFile;
import io.modelmill.dataset.DatasetFiles;
import io.modelmill.dataset.ReadLimits;
import io.modelmill.trainingspec.fault.Fault;
import io.modelmill.trainingspec.fault.Faults;
import io.modelmill.trainingspec.job.SpecRules;
import io.modelmill.trainingspec.job.Task;
import io.modelmill.trainingspec.job.TrainingSpec;
import io.modelmill.worker.assignment.ArtifactClient;
import io.modelmill.worker.assignment.Assignment;
import io.modelmill.worker.assignment.Assignment.RemoteFile;
import io.modelmill.worker.assignment.Lease;
import io.modelmill.worker.assignment.ProgressReporter;
import io.modelmill.worker.assignment.TrainingServiceClient;
import io.modelmill.worker.assignment.UploadedFile;
import io.modelmill.worker.checkpoint.CheckpointKeeper;
import io.modelmill.worker.data.DataPreparation;
import io.modelmill.worker.data.RowSource;
import io.modelmill.worker.failure.FailureReport;
import io.modelmill.worker.failure.JobFailedException;
import io.modelmill.worker.process.WorkerLog;
import io.modelmill.worker.quantize.Parent;
import io.modelmill.worker.quantize.QuantizationRun;
import io.modelmill.worker.rows.TrainingData;
import io.modelmill.worker.run.Origin;
import io.modelmill.worker.run.TeacherGraph;
import io.modelmill.worker.run.TrainedModel;
import io.modelmill.worker.run.TrainingRun;
import io.modelmill.worker.train.TrainingStoppedException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** One attempt of one job, from the assignment to the reported outcome. */
final class TrainingAttempt {
    /** For what is to be told before the outcome: the lease may end the process sooner. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** For the last epochs of a training that made no model. */
    private static final Duration SHORT_PATIENCE = Duration.ofSeconds(5);

    private final TrainingServiceClient training;
    private final ArtifactClient artifacts;
    private final Path workDirectory;

    TrainingAttempt(TrainingServiceClient training, ArtifactClient artifacts, Path workDirectory) {
        this.training = training;
        this.artifacts = artifacts;
        this.workDirectory = workDirectory;
    }

    /** Returns when training-service knows the outcome, and throws when it cannot be told. */
    void run() {
        Optional<Lease> lease = Optional.empty();
        try {
            TrainingServiceClient.Held held = training.getAssignment();
            lease = Optional.of(held.lease());
            trainAndReport(held.assignment(), held.lease());
        } catch (TrainingServiceClient.UnassignedException e) {
            throw e;
        } catch (TrainingStoppedException e) {
            reportStopped(lease.filter(Lease::cancelRequested).isPresent());
        } catch (Exception | OutOfMemoryError | LinkageError e) {
            WorkerLog.writeFailure("failed", e);
            training.reportFailure(FailureReport.of(e));
        }
    }

    /** A cancel wins over a wish for the place. */
    private void reportStopped(boolean cancelled) {
        if (cancelled) {
            WorkerLog.write("stopped: the owner cancelled the job");
            training.reportCancelled();
        } else {
            WorkerLog.write("stopped: another job gets the place");
            training.reportYielded();
        }
    }

    private void trainAndReport(Assignment assignment, Lease lease) {
        WorkerLog.write("train %s on %s", assignment.spec(), assignment.dataset());
        TrainedModel model;
        List<UploadedFile> files = new ArrayList<>();
        // Both are closed before the outcome is reported: what is told after it would be told by nobody.
        try (var progress = new ProgressReporter(training, lease);
                var checkpoints = new CheckpointKeeper(directory(), (file, epoch, step) -> {
                    // An attempt that goes on from there does not tell again what was before.
                    progress.flush(PATIENCE);
                    publish(file, epoch, step);
                })) {
            progress.checkStop();
            try {
                model = train(assignment, progress, checkpoints);
            } catch (TrainingStoppedException e) {
                progress.flush(SHORT_PATIENCE);
                if (!checkpoints.awaitPublished(PATIENCE)) {
                    WorkerLog.write("the last checkpoint could not be published within %s", PATIENCE);
                }
                throw e;
            } catch (JobFailedException e) {
                progress.flush(SHORT_PATIENCE);
                throw e;
            }
            WorkerLog.write("trained: %s", model.metrics());
            progress.checkStop();
            model.files().forEach((path, bytes) -> files.add(upload(path, bytes)));
            progress.flush(PATIENCE);
        }
        training.reportTrained(files, model.classLabels(), model.metrics(), model.rejection());
    }

    private TrainedModel train(Assignment assignment, ProgressReporter progress, CheckpointKeeper checkpoints) {
        TrainingSpec spec = assignment.spec();
        Task task = Task.find(spec.task())
                .orElseThrow(() -> new JobFailedException("task: \"%s\" (expected: a task)".formatted(spec.task())));
        Faults faults = Faults.ofSpec();
        SpecRules.check(spec, faults);
        if (!faults.isEmpty()) {
            // The door of training-service has checked all of it: a hole there must not become a crash of native code.
            throw new JobFailedException(
                    faults.found().stream().map(Fault::toString).collect(Collectors.joining("; ")));
        }
        Assignment.Dataset dataset = assignment.dataset();
        List<DatasetFile> files = new ArrayList<>();
        for (RemoteFile file : dataset.files()) {
            files.add(new DatasetFile(file.path(), download("dataset-" + files.size(), file.sha256())));
        }
        WorkerLog.write("downloaded the data set");
        var source =
                new RowSource(() -> DatasetFiles.open(dataset.format(), files, ReadLimits.DEFAULT), dataset.texts());
        if (task == Task.QUANTIZATION) {
            return quantize(assignment, source, progress);
        }
        var origin = new Origin(
                dataset.files().stream().map(RemoteFile::sha256).toList(),
                spec.distillation().map(taught -> teacher(assignment, taught.teacherVersion())),
                assignment.checkpoint().map(kept -> download("checkpoint", kept.sha256())),
                checkpoints);
        try (TrainingData data = DataPreparation.prepare(spec, source, directory())) {
            WorkerLog.write("prepared the rows: %s", data.facts());
            return new TrainingRun(spec, progress, origin).execute(data);
        }
    }

    private TrainedModel quantize(Assignment assignment, RowSource rows, ProgressReporter progress) {
        TrainingSpec spec = assignment.spec();
        Parent parent = parent(assignment);
        Task measured = QuantizationRun.rowsOf(spec, parent.classLabels());
        try (TrainingData data = DataPreparation.prepare(
                measured, spec.data(), spec.seed(), rows, parent.inherited(spec.datasetVersion()), directory())) {
            WorkerLog.write("prepared the rows: %s", data.facts());
            return new QuantizationRun(spec, parent, progress::checkStop).execute(data);
        }
    }

    private Parent parent(Assignment assignment) {
        var source = assignment
                .source()
                .orElseThrow(() -> new JobFailedException(
                        "quantization.parent_version: not assigned (expected: a READY version)"));
        Map<String, byte[]> files = new HashMap<>();
        for (RemoteFile file : source.files()) {
            if (!file.equals(source.graph())) {
                files.put(file.path(), read(download("parent-" + files.size(), file.sha256())));
            }
        }
        return new Parent(
                source.name(),
                source.dataset(),
                read(download("parent.onnx", source.graph().sha256())),
                files,
                source.classLabels());
    }

    private static byte[] read(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read what was downloaded", e);
        }
    }

    private TeacherGraph teacher(Assignment assignment, String version) {
        var source = assignment
                .source()
                .orElseThrow(() -> new JobFailedException(
                        "distillation.teacher_version: \"%s\" was not assigned (expected: a READY version)"
                                .formatted(version)));
        byte[] graph = read(download("teacher.onnx", source.graph().sha256()));
        return new TeacherGraph(source.name(), graph, source.classLabels());
    }

    private Path download(String name, String sha256) {
        Path file = directory().resolve(name);
        artifacts.download(sha256, file);
        return file;
    }

    private UploadedFile upload(String path, byte[] bytes) {
        String sha256 = artifacts.upload(bytes);
        WorkerLog.write("uploaded %s: %d bytes, SHA-256 %s", path, bytes.length, sha256);
        return new UploadedFile(path, sha256, bytes.length);
    }

    private void publish(Path file, int epoch, long step) {
        try {
            String sha256 = artifacts.upload(file);
            training.reportCheckpoint(new UploadedFile("checkpoint", sha256, Files.size(file)), epoch, step);
            WorkerLog.write("kept a checkpoint behind step %d, %d epochs done: SHA-256 %s", step, epoch, sha256);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the checkpoint", e);
        }
    }

    private Path directory() {
        try {
            return Files.createDirectories(workDirectory);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot make the work directory", e);
        }
    }
}
