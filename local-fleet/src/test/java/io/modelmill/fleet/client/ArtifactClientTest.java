package io.modelmill.fleet.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.InsecureServerCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.StatusException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Transfers over connections that break. */
class ArtifactClientTest {
    private static final int CHUNK = 2 << 20;

    private final BreakingArtifacts registry = new BreakingArtifacts();
    private Server server;
    private ManagedChannel channel;
    private ArtifactClient client;

    @BeforeEach
    void start() throws IOException {
        server = Grpc.newServerBuilderForPort(0, InsecureServerCredentials.create())
                .addService(registry)
                .maxInboundMessageSize(2 * CHUNK)
                .build()
                .start();
        channel = Grpc.newChannelBuilderForAddress("127.0.0.1", server.getPort(), InsecureChannelCredentials.create())
                .build();
        client = new ArtifactClient(channel, "tenants/acme", Duration.ofMillis(2));
    }

    @AfterEach
    void stop() {
        channel.shutdownNow();
        server.shutdownNow();
    }

    @Test
    void sendsASmallFileInOneCall() throws Exception {
        byte[] content = content(CHUNK);

        String digest = upload(content);

        assertThat(registry.stored(digest)).isEqualTo(content);
        assertThat(registry.begun()).isZero();
        assertThat(upload(new byte[0])).isEqualTo(BreakingArtifacts.sha256(new byte[0]));
    }

    @Test
    void sendsALargeFileInChunksAndNotAgainWhenItIsThere() throws Exception {
        byte[] content = content(3 * CHUNK + 1);

        String digest = upload(content);

        assertThat(registry.stored(digest)).isEqualTo(content);
        assertThat(registry.received()).isEqualTo(content.length);
        assertThat(upload(content)).isEqualTo(digest);
        assertThat(registry.received()).isEqualTo(content.length);
    }

    @Test
    void sendsAtMostOneChunkAgainForEachBreak() throws Exception {
        byte[] content = content(10 * CHUNK);
        // Every third write is lost before it is kept, every fourth after it.
        registry.loseEvery(3, 4);

        String digest = upload(content);

        assertThat(registry.stored(digest)).isEqualTo(content);
        assertThat(registry.breaks()).isGreaterThan(3);
        assertThat(registry.received()).isLessThanOrEqualTo(content.length + (long) registry.breaks() * CHUNK);
    }

    @Test
    void goesOnWithWhatAnotherProcessLeft() throws Exception {
        byte[] content = content(3 * CHUNK);
        registry.answerWritesWith(Status.PERMISSION_DENIED, 1);
        assertThatThrownBy(() -> upload(content)).isInstanceOf(StatusException.class);
        long before = registry.received();
        assertThat(before).isEqualTo(CHUNK);

        upload(content);

        assertThat(registry.received() - before).isEqualTo(2L * CHUNK);
    }

    @Test
    void beginsAnewWhereTheUploadHasExpired() throws Exception {
        byte[] content = content(3 * CHUNK);
        registry.forgetUploadAfter(2);

        assertThat(registry.stored(upload(content))).isEqualTo(content);
        assertThat(registry.begun()).isEqualTo(2);
    }

    @Test
    void isContentWithAFileThatIsThereThoughTheAnswerWasLost() throws Exception {
        byte[] content = content(2 * CHUNK);
        registry.loseAnswerOfFinish();

        assertThat(registry.stored(upload(content))).isEqualTo(content);
        assertThat(registry.received()).isEqualTo(content.length);
    }

    @Test
    void givesUpWhereNothingGoesOn() {
        registry.answerWritesWith(Status.UNAVAILABLE, 0);

        assertThatThrownBy(() -> upload(content(2 * CHUNK)))
                .isInstanceOfSatisfying(
                        StatusException.class,
                        failure -> assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE));
        assertThat(registry.breaks()).isEqualTo(11);
    }

    @Test
    void aFullQuotaIsToldAtOnce() {
        registry.answerWritesWith(Status.RESOURCE_EXHAUSTED, 0);

        assertThatThrownBy(() -> upload(content(2 * CHUNK)))
                .isInstanceOfSatisfying(
                        StatusException.class,
                        failure -> assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED));
        assertThat(registry.breaks()).isEqualTo(1);
    }

    @Test
    void downloadGoesOnWhereItBrokeOff() throws Exception {
        byte[] content = content(5 << 20);
        String digest = registry.put("tenants/acme", content);
        registry.breakDownloadsAfterChunks(2);

        assertThat(client.download(digest)).isEqualTo(content);
        assertThat(registry.downloadOffsets()).containsExactly(0L, 2L << 20, 4L << 20);
    }

    @Test
    void downloadOfOtherBytesIsRefused() {
        String digest = registry.put("tenants/acme", content(100));
        registry.corrupt("tenants/acme", digest);

        assertThatThrownBy(() -> client.download(digest))
                .isInstanceOf(StatusException.class)
                .hasMessageContaining("DATA_LOSS")
                .hasMessageContaining(digest);
    }

    private String upload(byte[] content) throws Exception {
        return client.upload(() -> new ByteArrayInputStream(content));
    }

    private static byte[] content(int size) {
        byte[] content = new byte[size];
        new Random(size).nextBytes(content);
        return content;
    }
}
