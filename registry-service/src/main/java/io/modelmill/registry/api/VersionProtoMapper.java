package io.modelmill.registry.api;

import com.google.protobuf.FieldMask;
import com.google.protobuf.util.Timestamps;
import io.modelmill.proto.registry.v1.CreateModelVersionRequest;
import io.modelmill.proto.registry.v1.ModelVersion;
import io.modelmill.registry.serving.ServingProtoMapper;
import io.modelmill.registry.validation.FileKind;
import io.modelmill.registry.validation.ModelFile;
import io.modelmill.registry.version.Lineage;
import io.modelmill.registry.version.NewVersion;
import io.modelmill.registry.version.VersionMetadata;
import io.modelmill.registry.version.VersionState;
import io.modelmill.servicekit.error.Violations;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

/** Versions as messages. */
final class VersionProtoMapper {
    private static final List<String> METADATA = List.of("task", "tags", "card");

    private VersionProtoMapper() {}

    static ModelVersion toProto(io.modelmill.registry.version.ModelVersion version) {
        ModelVersion.Builder message = ModelVersion.newBuilder()
                .setName(version.key().name())
                .setState(toProto(version.state()))
                .setStateReason(version.stateReason())
                .addAllFiles(ServingProtoMapper.toProto(version.files()))
                .addAllClassLabels(version.classLabels())
                .putAllMetrics(version.metrics())
                .setLineage(toProto(version.lineage()))
                .setCreateTime(Timestamps.fromMillis(version.createTime().toEpochMilli()))
                .setEtag(version.etag())
                .setUpdateTime(Timestamps.fromMillis(version.updateTime().toEpochMilli()))
                .setTask(version.task())
                .putAllTags(version.tags())
                .setSizeBytes(version.sizeBytes());
        version.signature().ifPresent(signature -> message.setSignature(ServingProtoMapper.toProto(signature)));
        version.validateTime().ifPresent(time -> message.setValidateTime(Timestamps.fromMillis(time.toEpochMilli())));
        version.undeleteState().ifPresent(state -> message.setUndeleteState(toProto(state)));
        version.deleteTime().ifPresent(time -> message.setDeleteTime(Timestamps.fromMillis(time.toEpochMilli())));
        version.purgeTime().ifPresent(time -> message.setPurgeTime(Timestamps.fromMillis(time.toEpochMilli())));
        return message.build();
    }

    private static ModelVersion.State toProto(VersionState state) {
        return switch (state) {
            case PENDING_UPLOAD -> ModelVersion.State.STATE_PENDING_UPLOAD;
            case VALIDATING -> ModelVersion.State.STATE_VALIDATING;
            case READY -> ModelVersion.State.STATE_READY;
            case REJECTED -> ModelVersion.State.STATE_REJECTED;
            case ARCHIVED -> ModelVersion.State.STATE_ARCHIVED;
            case REVOKED -> ModelVersion.State.STATE_REVOKED;
            case QUARANTINED -> ModelVersion.State.STATE_QUARANTINED;
            case DELETED -> ModelVersion.State.STATE_DELETED;
            case PURGED -> ModelVersion.State.STATE_PURGED;
        };
    }

    private static io.modelmill.proto.registry.v1.Lineage toProto(Lineage lineage) {
        return io.modelmill.proto.registry.v1.Lineage.newBuilder()
                .setTrainingJob(lineage.trainingJob().orElse(""))
                .setDatasetVersion(lineage.datasetVersion().orElse(""))
                .setParentVersion(lineage.parentVersion().orElse(""))
                .build();
    }

    /** What a message says; throws INVALID_ARGUMENT for kinds of files that are none. */
    static NewVersion newVersion(CreateModelVersionRequest request) {
        ModelVersion version = request.getModelVersion();
        List<ModelFile> files = new ArrayList<>();
        Violations violations = new Violations();
        for (int index = 0; index < version.getFilesCount(); index++) {
            io.modelmill.proto.registry.v1.ModelFile file = version.getFiles(index);
            Optional<FileKind> kind = kind(file.getKind());
            violations.check(
                    kind.isPresent(),
                    "model_version.files[" + index + "].kind",
                    file.getKindValue(),
                    "FILE_KIND_ONNX_MODEL, FILE_KIND_EXTERNAL_DATA, FILE_KIND_TOKENIZER or FILE_KIND_OTHER");
            files.add(new ModelFile(file.getPath(), kind.orElse(FileKind.OTHER), file.getSha256(), 0));
        }
        violations.throwIfAny();
        io.modelmill.proto.registry.v1.Lineage lineage = version.getLineage();
        return new NewVersion(
                files,
                version.getClassLabelsList(),
                version.getMetricsMap(),
                new Lineage(
                        text(lineage.getTrainingJob()),
                        text(lineage.getDatasetVersion()),
                        text(lineage.getParentVersion())),
                request.getAliasesList(),
                text(request.getRejection()),
                new VersionMetadata(version.getTask(), version.getTagsMap(), version.getCard()));
    }

    /**
     * The change of metadata that an update asks for.
     *
     * @throws io.modelmill.servicekit.error.ServiceException INVALID_ARGUMENT if the mask names other fields or nothing is
     *     left to do
     */
    static UnaryOperator<VersionMetadata> edit(ModelVersion version, FieldMask mask) {
        Set<String> paths = UpdateMasks.paths(mask, version, METADATA);
        return present -> new VersionMetadata(
                paths.contains("task") ? version.getTask() : present.task(),
                paths.contains("tags") ? version.getTagsMap() : present.tags(),
                paths.contains("card") ? version.getCard() : present.card());
    }

    private static Optional<FileKind> kind(io.modelmill.proto.registry.v1.FileKind kind) {
        return switch (kind) {
            case FILE_KIND_ONNX_MODEL -> Optional.of(FileKind.ONNX_MODEL);
            case FILE_KIND_EXTERNAL_DATA -> Optional.of(FileKind.EXTERNAL_DATA);
            case FILE_KIND_TOKENIZER -> Optional.of(FileKind.TOKENIZER);
            case FILE_KIND_OTHER -> Optional.of(FileKind.OTHER);
            case FILE_KIND_UNSPECIFIED, UNRECOGNIZED -> Optional.empty();
        };
    }

    private static Optional<String> text(String value) {
        return value.isEmpty() ? Optional.empty() : Optional.of(value);
    }
}
