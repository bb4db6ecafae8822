package io.modelmill.worker.assignment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.InsecureServerCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.okhttp.OkHttpServerBuilder;
import io.grpc.stub.MetadataUtils;
import io.modelmill.worker.failure.JobFailedException;
import io.modelmill.worker.failure.PlatformFailedException;
import io.modelmill.worker.fixture.FakeRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Transfers over connections that break. */
class ArtifactClientTest {
    private static final String TENANT = "tenants/acme";
    private static final int CHUNK = 2 << 20;

    @TempDir
    private Path directory;

    private final FakeRegistry registry = new FakeRegistry();
    private Server server;
    private ManagedChannel channel;
    private ArtifactClient client;

    @BeforeEach
    void start() throws IOException {
        server = OkHttpServerBuilder.forPort(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), InsecureServerCredentials.create())
                .addService(registry)
                .maxInboundMessageSize(2 * CHUNK)
                .build()
                .start();
        channel = ServiceChannels.open("127.0.0.1:" + server.getPort());
        client = new ArtifactClient(channel, MetadataUtils.newAttachHeadersInterceptor(new Metadata()), TENANT);
    }

    @AfterEach
    void stop() {
        channel.shutdownNow();
        server.shutdownNow();
    }

    @Test
    void aLargeUploadGoesOnWhereItBrokeOff() throws IOException {
        byte[] content = content(6 * CHUNK + 1);
        registry.breakEvery.set(2);

        String sha256 = client.upload(Files.write(directory.resolve("large"), content));

        assertThat(registry.artifacts.get(TENANT + "/artifacts/" + sha256)).isEqualTo(content);
        // Each chunk came once: those whose answer was lost were kept.
        assertThat(registry.chunks).hasValue(7);
    }

    @Test
    void aSmallUploadIsOneCall() {
        byte[] content = content(CHUNK);

        String sha256 = client.upload(content);

        assertThat(registry.artifacts.get(TENANT + "/artifacts/" + sha256)).isEqualTo(content);
        assertThat(registry.chunks).hasValue(0);
    }

    @Test
    void aFullQuotaIsTheJobs() {
        registry.full.set(true);

        assertThatThrownBy(() -> client.upload(content(2 * CHUNK + 1)))
                .isInstanceOf(JobFailedException.class)
                .hasMessageContaining("no room left");
        assertThat(registry.chunks).hasValue(0);
    }

    @Test
    void aDownloadGoesOnWhereItBrokeOff() {
        byte[] content = content(200_000);
        String sha256 = registry.put(TENANT, content);
        registry.brokenDownloads.set(2);
        Path target = directory.resolve("down");

        client.download(sha256, target);

        assertThat(target).hasBinaryContent(content);
        assertThat(registry.downloadOffsets).containsExactly(0L, 65_536L, 131_072L);
    }

    @Test
    void aDownloadOfOtherBytesIsRefused() {
        String sha256 = registry.put(TENANT, content(100));
        registry.artifacts.put(TENANT + "/artifacts/" + sha256, content(101));

        assertThatThrownBy(() -> client.download(sha256, directory.resolve("down")))
                .isInstanceOf(PlatformFailedException.class)
                .hasMessageContaining(FakeRegistry.sha256(content(101)), "expected", sha256);
    }

    private static byte[] content(int size) {
        byte[] content = new byte[size];
        new Random(size).nextBytes(content);
        return content;
    }
}
