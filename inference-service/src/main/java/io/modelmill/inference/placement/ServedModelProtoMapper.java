package io.modelmill.inference.placement;

import io.modelmill.inference.model.Datatype;
import io.modelmill.inference.model.Grant;
import io.modelmill.inference.model.InferenceReason;
import io.modelmill.inference.model.ModelKey;
import io.modelmill.inference.model.ServedModel;
import io.modelmill.inference.model.ServedVersion;
import io.modelmill.inference.model.ServingSpec;
import io.modelmill.inference.model.Signature;
import io.modelmill.inference.model.TensorSpec;
import io.modelmill.inference.model.VersionFile;
import io.modelmill.inference.model.Withdrawal;
import io.modelmill.proto.registry.v1.FileKind;
import io.modelmill.proto.registry.v1.ModelFile;
import io.modelmill.proto.registry.v1.ModelSignature;
import io.modelmill.proto.registry.v1.QuarantinedVersion;
import io.modelmill.proto.registry.v1.RevokedVersion;
import io.modelmill.proto.registry.v1.ServingState;
import io.modelmill.proto.registry.v1.ServingVersion;
import io.modelmill.proto.registry.v1.Visibility;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;

/** Reads the registry's serving states, and writes them for this replica's own snapshot. */
final class ServedModelProtoMapper {
    private static final String TENANTS = "tenants/";
    private static final String QUARANTINED = "in quarantine: ";
    private static final String REVOKED = "revoked: ";

    private ServedModelProtoMapper() {}

    /** @throws IllegalArgumentException if the state cannot be served, with the offending and the expected value */
    static ServedModel model(ServingState state) {
        ModelKey key = ModelKey.parse(state.getModel())
                .orElseThrow(() -> new IllegalArgumentException(
                        "model: \"" + state.getModel() + "\" (expected: tenants/{tenant}/models/{model})"));
        return ServedModel.of(
                        key,
                        state.getRevision(),
                        grant(state),
                        state.getVersionsList().stream()
                                .map(version -> version(version, serving(state.getServingSpec())))
                                .toList(),
                        state.getAliasesMap())
                .withdrawing(withdrawals(state));
    }

    private static Map<Long, Withdrawal> withdrawals(ServingState state) {
        Map<Long, Withdrawal> withdrawals = new HashMap<>();
        state.getQuarantinedVersionsList()
                .forEach(version -> withdrawals.put(
                        version.getNumber(),
                        new Withdrawal(InferenceReason.VERSION_QUARANTINED, QUARANTINED + version.getReason())));
        state.getRevokedVersionsList()
                .forEach(version -> withdrawals.put(
                        version.getNumber(),
                        new Withdrawal(InferenceReason.VERSION_REVOKED, REVOKED + version.getReason())));
        return withdrawals;
    }

    private static Grant grant(ServingState state) {
        if (state.getVisibility() != Visibility.VISIBILITY_SHARED) {
            return new Grant.OwnerOnly();
        }
        if (state.getSharedWithCount() == 0) {
            return new Grant.Everyone();
        }
        Set<String> tenants = state.getSharedWithList().stream()
                .filter(name -> name.startsWith(TENANTS))
                .map(name -> name.substring(TENANTS.length()))
                .collect(Collectors.toSet());
        return new Grant.Named(tenants);
    }

    /** Zero says nothing. */
    private static ServingSpec serving(io.modelmill.proto.registry.v1.ServingSpec spec) {
        return new ServingSpec(
                new ServingSpec.Batching(
                        spec.getMaxBatchSize() > 0 ? OptionalInt.of(spec.getMaxBatchSize()) : OptionalInt.empty(),
                        Duration.ZERO,
                        List.of()),
                Optional.empty(),
                Optional.empty(),
                spec.getInstances() > 0 ? OptionalInt.of(spec.getInstances()) : OptionalInt.empty(),
                spec.getMemoryHintBytes() > 0 ? OptionalLong.of(spec.getMemoryHintBytes()) : OptionalLong.empty(),
                spec.getDevice().isEmpty() ? Optional.empty() : Optional.of(spec.getDevice()));
    }

    private static io.modelmill.proto.registry.v1.ServingSpec state(ServingSpec spec) {
        return io.modelmill.proto.registry.v1.ServingSpec.newBuilder()
                .setMaxBatchSize(spec.batching().maxBatchSize().orElse(0))
                .setInstances(spec.instances().orElse(0))
                .setMemoryHintBytes(spec.memoryHintBytes().orElse(0))
                .setDevice(spec.device().orElse(""))
                .build();
    }

    private static ServedVersion version(ServingVersion version, ServingSpec serving) {
        return new ServedVersion(
                version.getNumber(),
                version.getFilesList().stream()
                        .map(ServedModelProtoMapper::file)
                        .toList(),
                new Signature(
                        specs(version.getSignature().getInputsList()),
                        specs(version.getSignature().getOutputsList())),
                version.getClassLabelsList(),
                serving,
                0);
    }

    private static VersionFile file(ModelFile file) {
        if (file.getSha256().isEmpty()) {
            throw new IllegalArgumentException(
                    "sha256 of \"" + file.getPath() + "\": \"\" (expected: 64 hexadecimal digits)");
        }
        return new VersionFile(
                file.getPath(), file.getKind() == FileKind.FILE_KIND_ONNX_MODEL, file.getSha256(), file.getSizeBytes());
    }

    private static List<TensorSpec> specs(List<io.modelmill.proto.registry.v1.TensorSpec> specs) {
        return specs.stream()
                .map(spec -> new TensorSpec(spec.getName(), Datatype.of(spec.getDatatype()), spec.getShapeList()))
                .toList();
    }

    /** The state that {@link #model} reads as an equal model. */
    static ServingState state(ServedModel model) {
        ServingState.Builder state = ServingState.newBuilder()
                .setModel(model.key().resourceName())
                .setRevision(model.revision())
                .putAllAliases(model.aliases());
        switch (model.grant()) {
            case Grant.OwnerOnly _ -> state.setVisibility(Visibility.VISIBILITY_PRIVATE);
            case Grant.Everyone _ -> state.setVisibility(Visibility.VISIBILITY_SHARED);
            case Grant.Named named -> {
                state.setVisibility(Visibility.VISIBILITY_SHARED);
                named.tenants().forEach(tenant -> state.addSharedWith(TENANTS + tenant));
            }
        }
        model.versions().values().forEach(version -> {
            // What was announced for the model stands in each of its versions.
            state.setServingSpec(state(version.serving()));
            state.addVersions(state(version));
        });
        model.withdrawn().forEach((number, withdrawal) -> {
            if (withdrawal.kind() == InferenceReason.VERSION_REVOKED) {
                state.addRevokedVersions(RevokedVersion.newBuilder()
                        .setNumber(number)
                        .setReason(withdrawal.reason().substring(REVOKED.length())));
            } else {
                state.addQuarantinedVersions(QuarantinedVersion.newBuilder()
                        .setNumber(number)
                        .setReason(withdrawal.reason().substring(QUARANTINED.length())));
            }
        });
        return state.build();
    }

    private static ServingVersion state(ServedVersion version) {
        ServingVersion.Builder state = ServingVersion.newBuilder()
                .setNumber(version.number())
                .setSignature(ModelSignature.newBuilder()
                        .addAllInputs(states(version.signature().inputs()))
                        .addAllOutputs(states(version.signature().outputs())))
                .addAllClassLabels(version.classLabels());
        version.files()
                .forEach(file -> state.addFiles(ModelFile.newBuilder()
                        .setPath(file.path())
                        .setKind(file.graph() ? FileKind.FILE_KIND_ONNX_MODEL : FileKind.FILE_KIND_OTHER)
                        .setSha256(file.sha256())
                        .setSizeBytes(file.sizeBytes())));
        return state.build();
    }

    private static List<io.modelmill.proto.registry.v1.TensorSpec> states(List<TensorSpec> specs) {
        return specs.stream()
                .map(spec -> io.modelmill.proto.registry.v1.TensorSpec.newBuilder()
                        .setName(spec.name())
                        .setDatatype(spec.datatype().name())
                        .addAllShape(spec.shape())
                        .build())
                .toList();
    }
}
