package io.modelmill.fleet;

import static io.modelmill.fleet.fixture.BroughtModel.assertReady;
import static io.modelmill.fleet.fixture.BroughtModel.awaitEnd;
import static io.modelmill.fleet.fixture.BroughtModel.bring;
import static io.modelmill.fleet.fixture.StatusAssert.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.FieldMask;
import io.grpc.Status;
import io.grpc.StatusException;
import io.modelmill.fleet.fixture.EndToEnd;
import io.modelmill.fleet.fixture.RunningFleet;
import io.modelmill.fleet.fixture.TenantAccess;
import io.modelmill.fleet.fixture.TrainedDigits;
import io.modelmill.proto.registry.v1.GetModelRequest;
import io.modelmill.proto.registry.v1.Model;
import io.modelmill.proto.registry.v1.ModelVersion;
import io.modelmill.proto.registry.v1.UpdateModelRequest;
import io.modelmill.proto.registry.v1.Visibility;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a tenant may see and use of another's, and what it brings itself. */
@EndToEnd
class TenantsE2E {
    @Test
    void callsASharedModelOfAnotherTenantButNoPrivateOne(RunningFleet fleet) throws StatusException {
        TrainedDigits digits = fleet.digits();
        TenantAccess publisher = digits.owner();
        TenantAccess other = fleet.tenant("consumer");
        List<float[]> rows = digits.rows().subList(0, 4);
        String shared = bring(publisher, "shared-digits", digits.onnx());
        String unshared = bring(publisher, "private-digits", digits.onnx());
        assertReady(publisher, shared);
        assertReady(publisher, unshared);
        TrainedDigits.awaitLoaded(publisher.predictions(), "private-digits", "1");
        assertRefused(Status.Code.NOT_FOUND, () -> other.predictions().predict("publisher.shared-digits", "", rows));

        publisher
                .models()
                .updateModel(UpdateModelRequest.newBuilder()
                        .setModel(Model.newBuilder()
                                .setName("tenants/publisher/models/shared-digits")
                                .setVisibility(Visibility.VISIBILITY_SHARED)
                                .addSharedWith("tenants/consumer"))
                        .setUpdateMask(
                                FieldMask.newBuilder().addPaths("visibility").addPaths("shared_with"))
                        .build());
        TrainedDigits.awaitLoaded(other.predictions(), "publisher.shared-digits", "");

        assertThat(other.predictions()
                        .predict("publisher.shared-digits", "", rows)
                        .probabilities())
                .usingRecursiveComparison()
                .isEqualTo(publisher
                        .predictions()
                        .predict("shared-digits", "", rows)
                        .probabilities());
        assertRefused(Status.Code.NOT_FOUND, () -> other.predictions().predict("publisher.private-digits", "", rows));
        assertRefused(Status.Code.NOT_FOUND, () -> other.predictions().predict("shared-digits", "", rows));
        // To predict only: the model itself stays its owner's.
        assertRefused(
                Status.Code.NOT_FOUND,
                () -> other.models()
                        .getModel(GetModelRequest.newBuilder()
                                .setName("tenants/publisher/models/shared-digits")
                                .build()));
        assertRefused(
                Status.Code.NOT_FOUND,
                () -> fleet.tenant("third").predictions().predict("publisher.shared-digits", "", rows));
    }

    @Test
    void bringsItsOwnModel(RunningFleet fleet) throws StatusException {
        TrainedDigits digits = fleet.digits();
        TenantAccess tenant = fleet.tenant("bringer");

        String version = bring(tenant, "own", digits.onnx());

        ModelVersion ready = assertReady(tenant, version);
        assertThat(ready.getSignature().getInputs(0).getName()).isEqualTo("features");
        assertThat(ready.getSignature().getInputs(0).getShapeList()).containsExactly(-1L, 64L);
        TrainedDigits.awaitLoaded(tenant.predictions(), "own", "1");
        List<float[]> rows = digits.rows().subList(0, 4);
        assertThat(tenant.predictions().predict("own", "", rows).probabilities())
                .usingRecursiveComparison()
                .isEqualTo(digits.owner()
                        .predictions()
                        .predict(TrainedDigits.MODEL, "", rows)
                        .probabilities());
    }

    @Test
    void isToldWhyABrokenModelIsRejected(RunningFleet fleet) throws StatusException {
        TenantAccess tenant = fleet.tenant("bringer");
        byte[] cut =
                ByteString.copyFrom(fleet.digits().onnx()).substring(0, 500).toByteArray();

        for (byte[] broken : List.of("no graph at all".getBytes(StandardCharsets.UTF_8), cut)) {
            String version = bring(tenant, "broken", broken);

            ModelVersion ended = awaitEnd(tenant, version);
            assertThat(ended.getState()).isEqualTo(ModelVersion.State.STATE_REJECTED);
            assertThat(ended.getStateReason()).isNotBlank().doesNotContain("\n", "/tmp/", "Exception");
        }
        assertRefused(
                Status.Code.NOT_FOUND,
                () -> tenant.predictions().predict("broken", "1", fleet.digits().rows()));
    }
}
