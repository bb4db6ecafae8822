package io.modelmill.worker;

import io.modelmill.worker.assignment.ArtifactClient;
import io.modelmill.worker.assignment.Assignment;
import io.modelmill.worker.assignment.Lease;
import io.modelmill.worker.assignment.ProgressReporter;
import io.modelmill.worker.assignment.TrainingServiceClient;
import io.modelmill.worker.assignment.UploadedFile;
import io.modelmill.worker.export.SampleAnswers;
import io.modelmill.worker.failure.FailureReport;
import io.modelmill.worker.process.WorkerLog;
import io.modelmill.worker.run.TrainedModel;
import io.modelmill.worker.run.TrainingRun;
import io.modelmill.worker.train.TrainingStoppedException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** One attempt of one job, from the assignment to the reported outcome. */
final class TrainingAttempt {
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
        try {
            TrainingServiceClient.Held held = training.getAssignment();
            trainAndReport(held.assignment(), held.lease());
        } catch (TrainingServiceClient.UnassignedException e) {
            throw e;
        } catch (TrainingStoppedException e) {
            WorkerLog.write("stopped: the owner cancelled the job");
            training.reportCancelled();
        } catch (Exception | OutOfMemoryError | LinkageError e) {
            WorkerLog.writeFailure("failed", e);
            training.reportFailure(FailureReport.of(e));
        }
    }

    private void trainAndReport(Assignment assignment, Lease lease) {
        WorkerLog.write(
                "train %s on %s (SHA-256 %s)", assignment.plan(), assignment.dataset(), assignment.datasetSha256());
        var progress = new ProgressReporter(training, lease, assignment.plan().epochs());
        progress.checkStop();
        Path csv = directory().resolve("dataset.csv");
        artifacts.download(assignment.datasetSha256(), csv);
        WorkerLog.write("downloaded the data set");
        TrainedModel model = new TrainingRun(assignment.plan(), progress).execute(csv);
        WorkerLog.write("trained: %s", model.metrics());
        progress.checkStop();
        List<UploadedFile> files = List.of(
                upload("model.onnx", true, model.onnx()),
                upload("held-out-rows.json", false, model.heldOutRowsJson()),
                upload(SampleAnswers.FILE, false, model.samples()));
        progress.flush();
        training.reportTrained(files, model.classLabels(), model.metrics());
    }

    private UploadedFile upload(String path, boolean isModel, byte[] bytes) {
        String sha256 = artifacts.upload(bytes);
        WorkerLog.write("uploaded %s: %d bytes, SHA-256 %s", path, bytes.length, sha256);
        return new UploadedFile(path, isModel, sha256, bytes.length);
    }

    private Path directory() {
        try {
            return Files.createDirectories(workDirectory);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot make the work directory", e);
        }
    }
}
