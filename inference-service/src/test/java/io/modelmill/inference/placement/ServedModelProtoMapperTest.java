package io.modelmill.inference.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.modelmill.inference.model.ServingSpec;
import io.modelmill.proto.registry.v1.FileKind;
import io.modelmill.proto.registry.v1.ModelFile;
import io.modelmill.proto.registry.v1.ServingState;
import io.modelmill.proto.registry.v1.ServingVersion;
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
