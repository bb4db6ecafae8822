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
import io.modelmill.fleet.fixture.EndToEnd;
import io.modelmill.fleet.fixture.RunningFleet;
import io.modelmill.fleet.fixture.TrainedDigits;
import io.modelmill.fleet.installation.FleetFolder;
import io.modelmill.proto.gateway.v1.ExchangeTokenRequest;
import io.modelmill.proto.gateway.v1.ExchangeTokenResponse;
import io.modelmill.proto.gateway.v1.TokenServiceGrpc;
import io.modelmill.servicekit.security.BearerToken;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A backend inside the cluster, which spares the way through the gateway. */
@EndToEnd
class DirectCallE2E {
    @Test
    void takesAnExchangedTokenAtEveryReplica(RunningFleet fleet) throws Exception {
        TrainedDigits digits = fleet.digits();
        ExchangeTokenResponse token = exchange(digits.owner().channel());

        assertThat(token.getTenant()).isEqualTo("tenants/publisher");
        assertThat(Instant.ofEpochSecond(token.getExpireTime().getSeconds())).isAfter(Instant.now());
        for (int replica = 0; replica < 2; replica++) {
            assertAnswers(fleet, digits, replica, token.getAccessToken());
        }
    }

    @Test
    void refusesEveryOtherCredential(RunningFleet fleet) throws Exception {
        TrainedDigits digits = fleet.digits();
        String token = exchange(digits.owner().channel()).getAccessToken();

        assertRefused(Status.Code.UNAUTHENTICATED, () -> call(fleet, 0, "")).message();
        assertRefused(
                Status.Code.UNAUTHENTICATED, () -> call(fleet, 0, digits.owner().key()));
        assertRefused(Status.Code.UNAUTHENTICATED, () -> call(fleet, 0, token + "x"));
        assertRefused(Status.Code.UNAUTHENTICATED, () -> exchange(fleet.gateway("mm_wrong.wrong")));
    }

    @Test
    void servesModelsFromBeforeAReplicasStart(RunningFleet fleet) throws Exception {
        TrainedDigits digits = fleet.digits();
        String token = exchange(digits.owner().channel()).getAccessToken();
        String replica = "inference-service-2";
        int restarts = fleet.fleet().restarts(replica);

        fleet.fleet().kill(replica);
        deleteCache(fleet.fleet().options().folder(), replica);
        fleet.fleet().awaitReady(Duration.ofMinutes(2));

        assertThat(fleet.fleet().restarts(replica)).isGreaterThan(restarts);
        for (int each = 0; each < 2; each++) {
            assertAnswers(fleet, digits, each, token);
        }
    }

    private static void assertAnswers(RunningFleet fleet, TrainedDigits digits, int replica, String token)
            throws Exception {
        ManagedChannel channel = connect(fleet, replica);
        try {
            PredictionClient predictions =
                    new PredictionClient(ClientInterceptors.intercept(channel, BearerToken.sending(() -> token)));
            List<float[]> rows = digits.rows().subList(0, 5);
            TrainedDigits.awaitLoaded(predictions, TrainedDigits.MODEL, digits.number());
            PredictionClient.Probabilities direct = predictions.predict(TrainedDigits.MODEL, "", rows);
            PredictionClient.Probabilities throughGateway =
                    digits.owner().predictions().predict(TrainedDigits.MODEL, "", rows);

            assertThat(direct.version()).isEqualTo(digits.number());
            for (int row = 0; row < rows.size(); row++) {
                assertThat(direct.probabilities().get(row))
                        .containsExactly(throughGateway.probabilities().get(row));
            }
        } finally {
            channel.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
        }
    }

    private static void call(RunningFleet fleet, int replica, String credential) throws StatusException {
        ManagedChannel channel = connect(fleet, replica);
        try {
            Channel caller = credential.isEmpty()
                    ? channel
                    : ClientInterceptors.intercept(channel, BearerToken.sending(() -> credential));
            new PredictionClient(caller).isReady(TrainedDigits.MODEL, "");
        } finally {
            channel.shutdownNow();
        }
    }

    private static ManagedChannel connect(RunningFleet fleet, int replica) {
        return Grpc.newChannelBuilder(
                        fleet.ports().inference().get(replica).grpcAddress(), InsecureChannelCredentials.create())
                .build();
    }

    private static ExchangeTokenResponse exchange(Channel channel) throws StatusException {
        return TokenServiceGrpc.newBlockingV2Stub(channel)
                .withDeadlineAfter(20, TimeUnit.SECONDS)
                .exchangeToken(ExchangeTokenRequest.getDefaultInstance());
    }

    private static void deleteCache(FleetFolder folder, String replica) throws IOException {
        try (Stream<Path> paths = Files.walk(folder.cache(replica))) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
