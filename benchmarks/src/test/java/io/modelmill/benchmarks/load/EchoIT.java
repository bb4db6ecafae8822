package io.modelmill.benchmarks.load;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Metadata;
import io.grpc.Status;
import io.modelmill.benchmarks.echo.EchoServer;
import io.modelmill.benchmarks.machine.LoopbackPort;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class EchoIT {
    private static final Duration SHORT = Duration.ofMillis(200);

    @Test
    void putsBothKindsOfLoadOnTheEchoServer() throws Exception {
        try (EchoServer server = EchoServer.start(LoopbackPort.HOST, 0);
                LoadChannel connection = LoadChannel.open(LoopbackPort.HOST, server.port())) {
            GrpcTarget target = target(connection, 600_000, 40);

            assertThat(target.callOnce()).isEqualTo(40);
            LoadResult open = new OpenLoop(SHORT, SHORT, 100)
                    .run(List.of(new OpenLoop.Source(target, 200, 1)))
                    .getFirst();
            assertThat(open.failed()).isZero();
            assertThat(open.answered().getTotalCount()).isPositive();
            assertThat(open.nanos(50)).isPositive();

            LoadResult closed = new Saturation(4, SHORT, SHORT).run(target(connection, 1_000, 10));
            assertThat(closed.failed()).isZero();
            assertThat(closed.perSecond()).isPositive();
        }
    }

    @Test
    void countsWhatNobodyAnswers() throws Exception {
        try (LoadChannel connection = LoadChannel.open(LoopbackPort.HOST, LoopbackPort.free())) {
            LoadResult result = new OpenLoop(Duration.ZERO, SHORT, 100)
                    .run(List.of(new OpenLoop.Source(
                            target(connection, 10, 10)
                                    .within(Duration.ofSeconds(5))
                                    .with("x-tenant", "a"),
                            100,
                            1)))
                    .getFirst();

            assertThat(result.failures().keySet()).containsExactly(Status.Code.UNAVAILABLE);
            assertThat(result.perSecond()).isZero();
        }
    }

    private static GrpcTarget target(LoadChannel connection, int requestBytes, int responseBytes) {
        return new GrpcTarget(
                connection.channel(),
                EchoServer.method(responseBytes),
                new byte[requestBytes],
                Optional.empty(),
                new Metadata());
    }
}
