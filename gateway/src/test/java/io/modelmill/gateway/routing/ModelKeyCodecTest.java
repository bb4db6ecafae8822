package io.modelmill.gateway.routing;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.modelmill.proto.inference.ModelInferRequest;
import io.modelmill.proto.inference.ModelMetadataRequest;
import io.modelmill.proto.inference.RepositoryModelLoadRequest;
import io.modelmill.proto.inference.ServerReadyRequest;
import io.modelmill.servicekit.security.Caller;
import io.modelmill.servicekit.security.Role;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ModelKeyCodecTest {
    private static final Caller ACME = new Caller("tenants/acme/apiKeys/k", Optional.of("acme"), Set.of(Role.TENANT));

    @Test
    void ownModelsAreNamedByTheTenant() {
        assertThat(key(ModelInferRequest.newBuilder()
                        .setModelName("digits")
                        .addRawInputContents(ByteString.copyFrom(new byte[1_000_000]))
                        .build()
                        .toByteArray()))
                .isEqualTo("acme.digits");
        assertThat(key(ModelMetadataRequest.newBuilder()
                        .setName("digits")
                        .build()
                        .toByteArray()))
                .isEqualTo("acme.digits");
    }

    @Test
    void sharedModelsHaveOneKeyForAllCallers() {
        assertThat(key(ModelInferRequest.newBuilder()
                        .setModelName("zoo.digits")
                        .build()
                        .toByteArray()))
                .isEqualTo("zoo.digits");
    }

    @Test
    void theModelRepositoryNamesTheModelSecond() {
        assertThat(key(RepositoryModelLoadRequest.newBuilder()
                        .setModelName("digits")
                        .build()
                        .toByteArray()))
                .isEqualTo("acme.digits");
        assertThat(key(ModelMetadataRequest.newBuilder()
                        .setName("digits")
                        .setVersion("3")
                        .build()
                        .toByteArray()))
                .isEqualTo("acme.digits");
    }

    @Test
    void findsTheNameBehindOtherFields() {
        byte[] fields = ByteString.copyFrom(
                        ModelInferRequest.newBuilder().setId("7").build().toByteArray())
                .concat(ModelInferRequest.newBuilder()
                        .setModelName("digits")
                        .build()
                        .toByteString())
                .toByteArray();

        assertThat(key(fields)).isEqualTo("acme.digits");
    }

    @Test
    void requestsWithoutANameHaveNoKey() {
        assertThat(key(ServerReadyRequest.getDefaultInstance().toByteArray())).isEmpty();
        assertThat(key(new byte[] {10, 100, 1})).isEmpty();
        assertThat(key(new byte[] {(byte) 0xff})).isEmpty();
    }

    private static String key(byte[] request) {
        return ModelKeyCodec.read(request, ACME);
    }
}
