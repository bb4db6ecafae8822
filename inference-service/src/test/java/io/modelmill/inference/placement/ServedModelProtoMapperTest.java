package io.modelmill.inference.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.modelmill.inference.model.InferenceReason;
import io.modelmill.inference.model.ServedModel;
import io.modelmill.inference.model.ServingSpec;
import io.modelmill.inference.model.Withdrawal;
import io.modelmill.proto.registry.v1.FileKind;
import io.modelmill.proto.registry.v1.ModelFile;
import io.modelmill.proto.registry.v1.QuarantinedVersion;
import io.modelmill.proto.registry.v1.RevokedVersion;
import io.modelmill.proto.registry.v1.ServingState;
import io.modelmill.proto.registry.v1.ServingVersion;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ServedModelProtoMapperTest {
    @Test
    void takesZeroForNothingSaid() {
        assertThat(ServedModelProtoMapper.model(state("a".repeat(64)))
                        .versions()
                        .get(1L))
                .satisfies(version -> {
                    assertThat(version.serving()).isEqualTo(ServingSpec.DEFAULT);
                    assertThat(version.generation()).isZero();
                });
    }

    @Test
    void refusesFilesWhoseBytesCannotBeVerified() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ServedModelProtoMapper.model(state("")))
                .withMessage("sha256 of \"model.onnx\": \"\" (expected: 64 hexadecimal digits)");
    }

    @Test
    void readsTheStateThatItWroteOfWithdrawnVersions() {
        ServingState state = state("a".repeat(64)).toBuilder()
                .addQuarantinedVersions(
                        QuarantinedVersion.newBuilder().setNumber(2).setReason("it crashed"))
                .addRevokedVersions(RevokedVersion.newBuilder().setNumber(3).setReason("wrong rows"))
                .putAliases("production", 3)
                .build();
        ServedModel model = ServedModelProtoMapper.model(state);

        assertThat(model.withdrawn())
                .containsOnly(
                        Map.entry(2L, new Withdrawal(InferenceReason.VERSION_QUARANTINED, "in quarantine: it crashed")),
                        Map.entry(3L, new Withdrawal(InferenceReason.VERSION_REVOKED, "revoked: wrong rows")));
        assertThat(ServedModelProtoMapper.model(ServedModelProtoMapper.state(model)))
                .isEqualTo(model);
    }

    private static ServingState state(String sha256) {
        return ServingState.newBuilder()
                .setModel("tenants/acme/models/digits")
                .setRevision(1)
                .addVersions(ServingVersion.newBuilder()
                        .setNumber(1)
                        .addFiles(ModelFile.newBuilder()
                                .setPath("model.onnx")
                                .setKind(FileKind.FILE_KIND_ONNX_MODEL)
                                .setSha256(sha256)
                                .setSizeBytes(1)))
                .build();
    }
}
