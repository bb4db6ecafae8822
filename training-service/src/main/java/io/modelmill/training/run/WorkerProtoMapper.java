package io.modelmill.training.run;

import com.google.protobuf.Timestamp;
import com.google.protobuf.util.Durations;
import io.modelmill.proto.registry.v1.FileKind;
import io.modelmill.proto.registry.v1.ModelFile;
import io.modelmill.proto.training.v1.Checkpoint;
import io.modelmill.proto.training.v1.Progress;
import io.modelmill.proto.training.worker.v1.Lease;
import io.modelmill.proto.training.worker.v1.ReportOutcomeRequest;
import io.modelmill.proto.training.worker.v1.Trained;
import io.modelmill.servicekit.error.Violations;
import io.modelmill.training.job.Happening;
import io.modelmill.training.job.JobProgress;
import io.modelmill.training.job.TrainedModel;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Between attempts and what workers send and get. What a worker sends is checked, for a worker runs a tenant's job. */
final class WorkerProtoMapper {
    private static final int LONGEST_MESSAGE = 4_000;
    /** As the registry takes it. */
    private static final int LONGEST_REJECTION = 1_000;

    private static final int MOST_POINTS = 1_000;
    private static final int MOST_METRICS = 200;
    private static final String METRIC_NAME = "[a-z][a-z0-9_]{0,62}";
    private static final String DIGEST = "[0-9a-f]{64}";

    private WorkerProtoMapper() {}

    static Lease lease(Attempts.Hold hold, String accessToken) {
        return Lease.newBuilder()
                .setExpireTime(Timestamp.newBuilder()
                        .setSeconds(hold.expireTime().getEpochSecond())
                        .setNanos(hold.expireTime().getNano()))
                .setAccessToken(accessToken)
                .setCancelRequested(hold.cancelRequested())
                .setYieldRequested(hold.yieldRequested())
                .build();
    }

    static List<JobProgress> progress(List<Progress> points, int epochs) {
        Violations violations = new Violations()
                .check(
                        !points.isEmpty() && points.size() <= MOST_POINTS,
                        "progress",
                        points.size() + " entries",
                        "1 to " + MOST_POINTS);
        violations.throwIfAny();
        for (int i = 0; i < points.size(); i++) {
            Progress point = points.get(i);
            String field = "progress[" + i + "]";
            check(point, epochs, field + ".", violations);
            if (i > 0) {
                Progress before = points.get(i - 1);
                violations
                        .check(
                                point.getEpoch() >= before.getEpoch(),
                                field + ".epoch",
                                point.getEpoch(),
                                ">= " + before.getEpoch() + ", as before")
                        .check(
                                point.getStep() >= before.getStep(),
                                field + ".step",
                                point.getStep(),
                                ">= " + before.getStep() + ", as before");
            }
        }
        violations.throwIfAny();
        return points.stream().map(point -> progress(point, epochs)).toList();
    }

    private static void check(Progress progress, int epochs, String field, Violations violations) {
        // Before the first epoch is done there are only steps.
        int least = progress.getStep() > 0 ? 0 : 1;
        violations
                .check(
                        progress.getEpoch() >= least && progress.getEpoch() <= epochs,
                        field + "epoch",
                        progress.getEpoch(),
                        least + " to " + epochs)
                .check(progress.getSteps() >= 0, field + "steps", progress.getSteps(), ">= 0")
                .check(
                        progress.getStep() >= 0
                                && (progress.getSteps() <= 0 || progress.getStep() <= progress.getSteps()),
                        field + "step",
                        progress.getStep(),
                        progress.getSteps() <= 0 ? ">= 0" : "0 to " + progress.getSteps())
                .check(
                        !progress.hasRemaining()
                                || Durations.isValid(progress.getRemaining())
                                        && !Durations.isNegative(progress.getRemaining()),
                        field + "remaining",
                        progress.getRemaining().getSeconds() + " s",
                        "from 0 to " + Durations.MAX_VALUE.getSeconds() + " s");
        checkMetrics(progress.getMetricsMap(), field + "metrics", violations);
    }

    private static JobProgress progress(Progress progress, int epochs) {
        return new JobProgress(
                progress.getEpoch(),
                epochs,
                progress.getStep(),
                progress.getSteps(),
                progress.hasRemaining() ? Duration.ofMillis(Durations.toMillis(progress.getRemaining())) : null,
                progress.getMetricsMap());
    }

    static Attempts.Kept checkpoint(Checkpoint checkpoint, int epochs) {
        new Violations()
                .check(checkpoint.getSha256().matches(DIGEST), "checkpoint.sha256", checkpoint.getSha256(), DIGEST)
                .check(checkpoint.getSizeBytes() >= 1, "checkpoint.size_bytes", checkpoint.getSizeBytes(), ">= 1")
                .check(
                        checkpoint.getEpoch() >= 0 && checkpoint.getEpoch() <= epochs,
                        "checkpoint.epoch",
                        checkpoint.getEpoch(),
                        "0 to " + epochs)
                .check(checkpoint.getStep() >= 1, "checkpoint.step", checkpoint.getStep(), ">= 1")
                .throwIfAny();
        return new Attempts.Kept(
                checkpoint.getSha256(), checkpoint.getSizeBytes(), checkpoint.getEpoch(), checkpoint.getStep());
    }

    static Happening outcome(ReportOutcomeRequest request) {
        return switch (request.getOutcomeCase()) {
            case TRAINED -> new Happening.ModelTrained(trained(request.getTrained()));
            case FAILURE -> {
                String message = printable(request.getFailure().getMessage());
                yield switch (request.getFailure().getCause()) {
                    case CAUSE_JOB -> new Happening.JobFault(message);
                    case CAUSE_OUT_OF_MEMORY -> new Happening.OutOfMemory(message);
                    case CAUSE_PLATFORM, CAUSE_UNSPECIFIED, UNRECOGNIZED -> new Happening.PlatformFault(message, true);
                };
            }
            case CANCELLED -> new Happening.WorkerStopped();
            case YIELDED -> new Happening.Yielded(true);
            case OUTCOME_NOT_SET -> throw Violations.of("outcome", "unset", "trained, failure, cancelled or yielded");
        };
    }

    private static TrainedModel trained(Trained trained) {
        Violations violations = new Violations();
        violations.check(
                trained.getFilesList().stream()
                                .filter(file -> file.getKind() == FileKind.FILE_KIND_ONNX_MODEL)
                                .count()
                        == 1,
                "trained.files",
                trained.getFilesCount() + " files",
                "exactly one of kind FILE_KIND_ONNX_MODEL among them");
        for (int i = 0; i < trained.getFilesCount(); i++) {
            ModelFile file = trained.getFiles(i);
            String field = "trained.files[" + i + "].";
            violations.check(
                    file.getKind() != FileKind.UNRECOGNIZED && file.getKind() != FileKind.FILE_KIND_UNSPECIFIED,
                    field + "kind",
                    file.getKindValue(),
                    "a FileKind");
            violations.check(file.getSha256().matches(DIGEST), field + "sha256", file.getSha256(), DIGEST);
            violations.check(hasNoControl(file.getPath()), field + "path", file.getPath(), "printable characters");
        }
        for (int i = 0; i < trained.getClassLabelsCount(); i++) {
            String label = trained.getClassLabels(i);
            violations.check(hasNoControl(label), "trained.class_labels[" + i + "]", label, "printable characters");
        }
        checkMetrics(trained.getMetricsMap(), "trained.metrics", violations);
        violations.throwIfAny();
        return new TrainedModel(
                trained.getFilesList().stream()
                        .map(file -> new TrainedModel.File(
                                file.getPath(), file.getKind().name(), file.getSha256(), file.getSizeBytes()))
                        .toList(),
                trained.getClassLabelsList(),
                trained.getMetricsMap(),
                trained.getRejection().isEmpty() ? null : cut(printable(trained.getRejection()), LONGEST_REJECTION));
    }

    private static void checkMetrics(Map<String, Double> metrics, String field, Violations violations) {
        violations.check(metrics.size() <= MOST_METRICS, field, metrics.size() + " entries", "at most " + MOST_METRICS);
        metrics.keySet().forEach(name -> violations.check(name.matches(METRIC_NAME), field, name, METRIC_NAME));
    }

    private static boolean hasNoControl(String text) {
        return text.chars().noneMatch(Character::isISOControl);
    }

    private static String printable(String message) {
        String line = message.replaceAll("[\\p{Cntrl}\\s]+", " ").strip();
        if (line.isEmpty()) {
            return "the worker failed and did not say why";
        }
        return cut(line, LONGEST_MESSAGE);
    }

    private static String cut(String text, int longest) {
        return text.length() <= longest ? text : text.substring(0, longest);
    }
}
