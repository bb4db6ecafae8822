package io.modelmill.fleet;

import static io.modelmill.fleet.fixture.StatusAssert.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusException;
import io.modelmill.fleet.client.PredictionClient;
import io.modelmill.fleet.fixture.BroughtModel;
import io.modelmill.fleet.fixture.EndToEnd;
import io.modelmill.fleet.fixture.RunningFleet;
import io.modelmill.fleet.fixture.StatusAssert;
import io.modelmill.fleet.fixture.TenantAccess;
import io.modelmill.fleet.fixture.TrainedDigits;
import io.modelmill.fleet.process.Poll;
import io.modelmill.proto.gateway.v1.ExchangeTokenRequest;
import io.modelmill.proto.gateway.v1.TokenServiceGrpc;
import io.modelmill.proto.registry.v1.Alias;
import io.modelmill.proto.registry.v1.ModelServiceGrpc;
import io.modelmill.proto.registry.v1.ModelVersion;
import io.modelmill.proto.registry.v1.RevokeModelVersionRequest;
import io.modelmill.proto.registry.v1.UpdateAliasRequest;
import io.modelmill.servicekit.security.BearerToken;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A version that is withdrawn for good, at all replicas. */
@EndToEnd
class RevokeE2E {
    private static final String MODEL = "recalled";
    private static final String REASON = "trained on the wrong rows";
    private static final Duration LIMIT = Duration.ofSeconds(30);

    @Test
    void noReplicaAnswersWithARevokedVersion(RunningFleet fleet) throws Exception {
        TenantAccess tenant = fleet.tenant("recaller");
        byte[] onnx = fleet.digits().onnx();
        List<float[]> rows = fleet.digits().rows().subList(0, 4);
        String bad = BroughtModel.bring(tenant, MODEL, onnx);
        BroughtModel.assertReady(tenant, bad);
        String good = BroughtModel.addVersion(tenant, tenant.name() + "/models/" + MODEL, onnx);
        BroughtModel.assertReady(tenant, good);
        String token = TokenServiceGrpc.newBlockingV2Stub(tenant.channel())
                .withDeadlineAfter(20, TimeUnit.SECONDS)
                .exchangeToken(ExchangeTokenRequest.getDefaultInstance())
                .getAccessToken();
        List<ManagedChannel> channels = new ArrayList<>();
        try {
            List<PredictionClient> replicas = new ArrayList<>();
            fleet.ports().inference().forEach(replica -> {
                ManagedChannel channel = Grpc.newChannelBuilder(
                                replica.grpcAddress(), InsecureChannelCredentials.create())
                        .build();
                channels.add(channel);
                Channel caller = ClientInterceptors.intercept(channel, BearerToken.sending(() -> token));
                replicas.add(new PredictionClient(caller));
            });
            for (PredictionClient replica : replicas) {
                TrainedDigits.awaitLoaded(replica, MODEL, "1");
                assertThat(replica.predict(MODEL, "", rows).version()).isEqualTo("1");
            }

            ModelVersion revoked = ModelServiceGrpc.newBlockingV2Stub(fleet.gateway(fleet.adminCredential()))
                    .withDeadlineAfter(20, TimeUnit.SECONDS)
                    .revokeModelVersion(RevokeModelVersionRequest.newBuilder()
                            .setName(bad)
                            .setReason(REASON)
                            .build());

            assertThat(revoked.getState()).isEqualTo(ModelVersion.State.STATE_REVOKED);
            for (PredictionClient replica : replicas) {
                awaitRefused(replica, rows);
                for (String version : List.of("", "1", "production")) {
                    StatusAssert refusal =
                            assertRefused(Status.Code.FAILED_PRECONDITION, () -> replica.predict(MODEL, version, rows));
                    assertThat(refusal.reason()).isEqualTo("VERSION_REVOKED");
                    assertThat(refusal.message()).isEqualTo(bad + " is not served: revoked: " + REASON);
                }
            }
            assertRefused(
                    Status.Code.FAILED_PRECONDITION, () -> tenant.predictions().predict(MODEL, "", rows));

            var _ = tenant.models()
                    .updateAlias(UpdateAliasRequest.newBuilder()
                            .setAlias(Alias.newBuilder()
                                    .setName(tenant.name() + "/models/" + MODEL + "/aliases/production")
                                    .setVersion(good))
                            .build());
            for (PredictionClient replica : replicas) {
                TrainedDigits.awaitLoaded(replica, MODEL, "");
                assertThat(replica.predict(MODEL, "", rows).version()).isEqualTo("2");
            }
        } finally {
            for (ManagedChannel channel : channels) {
                channel.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
            }
        }
    }

    private static void awaitRefused(PredictionClient replica, List<float[]> rows) {
        assertThat(Poll.until(LIMIT, () -> {
                    try {
                        var _ = replica.predict(MODEL, "", rows);
                        return Optional.<Status>empty();
                    } catch (StatusException refused) {
                        return Optional.of(refused.getStatus());
                    }
                }))
                .as("refused within %s", LIMIT)
                .isPresent();
    }
}
