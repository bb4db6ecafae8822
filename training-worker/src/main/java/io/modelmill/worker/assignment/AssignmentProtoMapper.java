package io.modelmill.worker.assignment;

import com.google.protobuf.Duration;
import io.modelmill.dataset.DatasetFormat;
import io.modelmill.proto.registry.v1.Column;
import io.modelmill.proto.registry.v1.DatasetVersion;
import io.modelmill.proto.registry.v1.FileKind;
import io.modelmill.proto.registry.v1.ModelFile;
import io.modelmill.proto.registry.v1.ModelVersion;
import io.modelmill.proto.training.v1.Checkpoint;
import io.modelmill.proto.training.v1.Progress;
import io.modelmill.proto.training.worker.v1.Trained;
import io.modelmill.trainingspec.job.TrainingSpecProtoMapper;
import io.modelmill.worker.assignment.Assignment.CheckpointRef;
import io.modelmill.worker.assignment.Assignment.Dataset;
import io.modelmill.worker.assignment.Assignment.RemoteFile;
import io.modelmill.worker.assignment.Assignment.SourceVersion;
import io.modelmill.worker.failure.PlatformFailedException;
import io.modelmill.worker.train.TrainingProgress;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Between the messages of training-service and the worker's own values. */
final class AssignmentProtoMapper {
    /** Of a data set of one file that was sent without a name. */
    private static final String UNNAMED_FILE = "dataset";

    private AssignmentProtoMapper() {}

    static LeaseGrant grant(io.modelmill.proto.training.worker.v1.Lease lease) {
        Instant expireTime = Instant.ofEpochSecond(
                lease.getExpireTime().getSeconds(), lease.getExpireTime().getNanos());
        return new LeaseGrant(
                expireTime, lease.getAccessToken(), lease.getCancelRequested(), lease.getYieldRequested());
    }

    static Assignment assignment(io.modelmill.proto.training.worker.v1.Assignment assignment) {
        return new Assignment(
                TrainingSpecProtoMapper.spec(assignment.getSpec()),
                dataset(assignment.getDatasetVersion()),
                assignment.hasCheckpoint()
                        ? Optional.of(new CheckpointRef(
                                assignment.getCheckpoint().getSha256(),
                                assignment.getCheckpoint().getStep()))
                        : Optional.empty(),
                assignment.hasSourceVersion() ? Optional.of(source(assignment.getSourceVersion())) : Optional.empty());
    }

    private static Dataset dataset(DatasetVersion version) {
        List<RemoteFile> files = version.getFilesCount() == 0
                ? List.of(new RemoteFile(UNNAMED_FILE, version.getSha256()))
                : version.getFilesList().stream()
                        .map(file -> new RemoteFile(file.getPath(), file.getSha256()))
                        .toList();
        return new Dataset(
                version.getName(),
                format(version.getFormat()),
                files,
                version.getColumnsList().stream()
                        .filter(column -> column.getType() == Column.Type.TYPE_TEXT)
                        .map(Column::getName)
                        .collect(Collectors.toSet()));
    }

    private static DatasetFormat format(DatasetVersion.Format format) {
        return switch (format) {
            case FORMAT_UNSPECIFIED, FORMAT_CSV -> DatasetFormat.CSV;
            case FORMAT_TSV -> DatasetFormat.TSV;
            case FORMAT_NPZ -> DatasetFormat.NPZ;
            case FORMAT_IDX -> DatasetFormat.IDX;
            case FORMAT_IMAGES -> DatasetFormat.IMAGES;
            case FORMAT_TEXT -> DatasetFormat.TEXT;
            case UNRECOGNIZED ->
                throw new PlatformFailedException("the data set is of a format that this worker does not know");
        };
    }

    private static SourceVersion source(ModelVersion version) {
        ModelFile graph = version.getFilesList().stream()
                .filter(file -> file.getKind() == FileKind.FILE_KIND_ONNX_MODEL)
                .findFirst()
                .orElseThrow(() -> new PlatformFailedException(version.getName() + " has no graph"));
        return new SourceVersion(
                version.getName(),
                version.getLineage().getDatasetVersion(),
                file(graph),
                version.getFilesList().stream().map(AssignmentProtoMapper::file).toList(),
                version.getClassLabelsList());
    }

    private static RemoteFile file(ModelFile file) {
        return new RemoteFile(file.getPath(), file.getSha256());
    }

    static Progress progress(TrainingProgress progress) {
        Progress.Builder message = Progress.newBuilder();
        progress.metrics().forEach((name, value) -> {
            // A measure that is no number, such as the loss of rows that the model is far off on, is none to tell.
            if (Double.isFinite(value)) {
                message.putMetrics(name, value);
            }
        });
        return message.setEpoch(progress.epoch())
                .setEpochs(progress.epochs())
                .setStep(progress.step())
                .setSteps(progress.steps())
                .setRemaining(Duration.newBuilder()
                        .setSeconds(progress.remaining().getSeconds())
                        .setNanos(progress.remaining().getNano()))
                .build();
    }

    static Checkpoint checkpoint(String sha256, long sizeBytes, int epoch, long step) {
        return Checkpoint.newBuilder()
                .setSha256(sha256)
                .setSizeBytes(sizeBytes)
                .setEpoch(epoch)
                .setStep(step)
                .build();
    }

    static Trained trained(
            List<UploadedFile> files, List<String> classLabels, Map<String, Double> metrics, String rejection) {
        Trained.Builder trained = Trained.newBuilder()
                .addAllClassLabels(classLabels)
                .putAllMetrics(metrics)
                .setRejection(rejection);
        for (UploadedFile file : files) {
            trained.addFiles(ModelFile.newBuilder()
                    .setPath(file.path())
                    .setKind(kind(file.path()))
                    .setSha256(file.sha256())
                    .setSizeBytes(file.sizeBytes()));
        }
        return trained.build();
    }

    private static FileKind kind(String path) {
        return switch (path) {
            case "model.onnx" -> FileKind.FILE_KIND_ONNX_MODEL;
            case "tokenizer.json" -> FileKind.FILE_KIND_TOKENIZER;
            default -> FileKind.FILE_KIND_OTHER;
        };
    }
}
