package io.modelmill.registry.serving;

import io.modelmill.proto.registry.v1.FileKind;
import io.modelmill.proto.registry.v1.ServingState;
import io.modelmill.registry.validation.ModelFile;
import io.modelmill.registry.validation.ModelSignature;
import io.modelmill.registry.validation.TensorSpec;
import java.util.List;

/** Serving states and what they are made of, as messages. */
public final class ServingProtoMapper {
    private ServingProtoMapper() {}

    public static ServingState toProto(io.modelmill.registry.serving.ServingState state) {
        ServingState.Builder message = ServingState.newBuilder()
                .setModel(state.model().name())
                .setRevision(state.revision())
                .setVisibility(toProto(state.visibility()))
                .addAllSharedWith(tenantNames(state.sharedWith()))
                .setServingSpec(toProto(state.servingSpec()))
                .putAllAliases(state.aliases());
        for (ServingVersion version : state.versions()) {
            message.addVersions(io.modelmill.proto.registry.v1.ServingVersion.newBuilder()
                    .setNumber(version.number())
                    .addAllFiles(toProto(version.files()))
                    .setSignature(toProto(version.signature()))
                    .addAllClassLabels(version.classLabels()));
        }
        for (QuarantinedVersion version : state.quarantined()) {
            message.addQuarantinedVersions(io.modelmill.proto.registry.v1.QuarantinedVersion.newBuilder()
                    .setNumber(version.number())
                    .setReason(version.reason()));
        }
        for (RevokedVersion version : state.revoked()) {
            message.addRevokedVersions(io.modelmill.proto.registry.v1.RevokedVersion.newBuilder()
                    .setNumber(version.number())
                    .setReason(version.reason()));
        }
        return message.build();
    }

    public static io.modelmill.proto.registry.v1.Visibility toProto(Visibility visibility) {
        return switch (visibility) {
            case PRIVATE -> io.modelmill.proto.registry.v1.Visibility.VISIBILITY_PRIVATE;
            case SHARED -> io.modelmill.proto.registry.v1.Visibility.VISIBILITY_SHARED;
        };
    }

    public static io.modelmill.proto.registry.v1.ServingSpec toProto(ServingSpec spec) {
        return io.modelmill.proto.registry.v1.ServingSpec.newBuilder()
                .setDevice(spec.device())
                .setInstances(spec.instances())
                .setMaxBatchSize(spec.maxBatchSize())
                .setMemoryHintBytes(spec.memoryHintBytes())
                .build();
    }

    /** Resource names of tenants. */
    public static List<String> tenantNames(List<String> tenants) {
        return tenants.stream().map(tenant -> "tenants/" + tenant).toList();
    }

    public static List<io.modelmill.proto.registry.v1.ModelFile> toProto(List<ModelFile> files) {
        return files.stream()
                .map(file -> io.modelmill.proto.registry.v1.ModelFile.newBuilder()
                        .setPath(file.path())
                        .setKind(
                                switch (file.kind()) {
                                    case ONNX_MODEL -> FileKind.FILE_KIND_ONNX_MODEL;
                                    case EXTERNAL_DATA -> FileKind.FILE_KIND_EXTERNAL_DATA;
                                    case TOKENIZER -> FileKind.FILE_KIND_TOKENIZER;
                                    case OTHER -> FileKind.FILE_KIND_OTHER;
                                })
                        .setSha256(file.sha256())
                        .setSizeBytes(file.sizeBytes())
                        .build())
                .toList();
    }

    public static io.modelmill.proto.registry.v1.ModelSignature toProto(ModelSignature signature) {
        return io.modelmill.proto.registry.v1.ModelSignature.newBuilder()
                .addAllInputs(tensors(signature.inputs()))
                .addAllOutputs(tensors(signature.outputs()))
                .build();
    }

    private static List<io.modelmill.proto.registry.v1.TensorSpec> tensors(List<TensorSpec> specs) {
        return specs.stream()
                .map(spec -> io.modelmill.proto.registry.v1.TensorSpec.newBuilder()
                        .setName(spec.name())
                        .setDatatype(spec.datatype())
                        .addAllShape(spec.shape())
                        .build())
                .toList();
    }
}
