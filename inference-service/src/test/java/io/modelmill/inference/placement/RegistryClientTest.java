package io.modelmill.inference.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import io.modelmill.inference.fixture.Configurations;
import io.modelmill.proto.registry.v1.ArtifactServiceGrpc;
import io.modelmill.proto.registry.v1.DownloadArtifactRequest;
import io.modelmill.proto.registry.v1.DownloadArtifactResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Downloads that break off. */
class RegistryClientTest {
    private static final int CHUNK = 1_000;
    private static final byte[] CONTENT = new byte[10_500];

    private final Breaking registry = new Breaking();
    private Server server;
    private ManagedChannel channel;
    private RegistryClient client;

    @BeforeEach
    void start() throws IOException {
        new Random(1).nextBytes(CONTENT);
        server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .addService(ServerServiceDefinition.builder(ArtifactServiceGrpc.SERVICE_NAME)
                        .addMethod(
                                ArtifactServiceGrpc.getDownloadArtifactMethod(),
                                ServerCalls.asyncServerStreamingCall(registry::downloadArtifact))
                        .build())
                .build()
                .start();
        channel = NettyChannelBuilder.forAddress("127.0.0.1", server.getPort())
                .usePlaintext()
                .build();
        client = new RegistryClient(
                channel,
                Configurations.of(RegistryConfig.class, Map.of("modelmill.registry.address", "registry:7411")));
    }

    @AfterEach
    void stop() {
        channel.shutdownNow();
        server.shutdownNow();
    }

    @Test
    void goesOnWhereADownloadBrokeOff() throws IOException {
        registry.chunksBeforeBreak = 4;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        client.download("acme", "ab".repeat(32), bytes);

        assertThat(bytes.toByteArray()).isEqualTo(CONTENT);
        assertThat(registry.offsets).containsExactly(0L, 4_000L, 8_000L);
    }

    @Test
    void leavesADownloadThatDoesNotBeginToTheNextLoad() {
        registry.chunksBeforeBreak = 0;

        assertThatThrownBy(() -> client.download("acme", "ab".repeat(32), new ByteArrayOutputStream()))
                .isInstanceOf(IOException.class)
                .hasMessage("the registry answered UNAVAILABLE");
        assertThat(registry.offsets).containsExactly(0L);
    }

    @Test
    void doesNotGoOnAfterARefusal() {
        registry.chunksBeforeBreak = 4;
        registry.status = Status.NOT_FOUND;

        assertThatThrownBy(() -> client.download("acme", "ab".repeat(32), new ByteArrayOutputStream()))
                .isInstanceOf(IOException.class)
                .hasMessage("the registry answered NOT_FOUND");
        assertThat(registry.offsets).containsExactly(0L);
    }

    @Test
    void givesUpWhereNoMoreBytesCome() {
        registry.chunksBeforeBreak = 4;
        registry.breaksAt = 8_000;

        assertThatThrownBy(() -> client.download("acme", "ab".repeat(32), new ByteArrayOutputStream()))
                .isInstanceOf(IOException.class)
                .hasMessage("the registry answered UNAVAILABLE");
        // The one that brought the last bytes, and six that brought none.
        assertThat(registry.offsets).startsWith(0L, 4_000L, 8_000L).hasSize(2 + 6);
    }

    /** No subclass of the generated service: Quarkus would serve it in this module's integration tests. */
    private static final class Breaking {
        private final List<Long> offsets = new CopyOnWriteArrayList<>();
        private volatile int chunksBeforeBreak;
        private volatile long breaksAt = Long.MAX_VALUE;
        private volatile Status status = Status.UNAVAILABLE;

        void downloadArtifact(DownloadArtifactRequest request, StreamObserver<DownloadArtifactResponse> response) {
            offsets.add(request.getOffsetBytes());
            int position = (int) request.getOffsetBytes();
            for (int sent = 0; sent < chunksBeforeBreak && position < Math.min(CONTENT.length, breaksAt); sent++) {
                int length = Math.min(CHUNK, CONTENT.length - position);
                response.onNext(DownloadArtifactResponse.newBuilder()
                        .setChunk(ByteString.copyFrom(CONTENT, position, length))
                        .build());
                position += length;
            }
            if (position == CONTENT.length) {
                response.onCompleted();
            } else {
                response.onError(status.asRuntimeException());
            }
        }
    }
}
