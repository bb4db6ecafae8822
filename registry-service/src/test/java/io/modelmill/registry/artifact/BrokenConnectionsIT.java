package io.modelmill.registry.artifact;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.modelmill.localservers.LocalPorts;
import io.modelmill.localservers.postgres.PostgresServer;
import io.modelmill.registry.fixture.CuttingProxy;
import io.modelmill.registry.fixture.Eventually;
import io.modelmill.registry.fixture.RegistryProcess;
import io.modelmill.registry.fixture.RegistryTenant;
import io.modelmill.registry.fixture.TenantUpload;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Uploads to the packaged service, with a heap of 256 MiB, through a connection that breaks. */
class BrokenConnectionsIT {
    private static final int MEBIBYTE = 1 << 20;
    private static final int CHUNK = MEBIBYTE;
    private static final int CUTS = 20;
    /** What HTTP/2 and gRPC add to a chunk, and to a call that asks how far the upload is. */
    private static final int AROUND_A_CALL = 4_096;

    @TempDir
    private Path directory;

    @Test
    void anUploadThatIsCutTwentyTimesSendsAtMostAChunkAgainEachTime() throws Exception {
        byte[] content = content(64 * MEBIBYTE);
        Random seeded = new Random(20);
        try (PostgresServer postgres = PostgresServer.startTemporary()) {
            postgres.createDatabase("registry");
            int kafkaPort = LocalPorts.free();
            RegistryProcess registry = RegistryProcess.start(directory, postgres, kafkaPort);
            registry.awaitReady();
            try (CuttingProxy proxy = CuttingProxy.start(registry.grpcPort())) {
                ManagedChannel channel = ManagedChannelBuilder.forAddress("127.0.0.1", proxy.port())
                        .usePlaintext()
                        .build();
                RegistryTenant tenant = registry.tenant("acme", channel);
                TenantUpload upload = TenantUpload.begin(tenant, "large", content);
                long calls = 1;
                int armed = 0;
                int breaks = 0;
                long offset = 0;
                while (offset < content.length) {
                    // A cut between two calls breaks none, and counts as well.
                    if (proxy.cuts() == armed && armed < CUTS) {
                        proxy.cutAfter(1 + seeded.nextInt(3 * CHUNK));
                        armed++;
                    }
                    int length = (int) Math.min(CHUNK, content.length - offset);
                    calls++;
                    try {
                        offset = upload.write(offset, length).getCommittedSizeBytes();
                        continue;
                    } catch (StatusRuntimeException e) {
                        // The last two where the cut came between the chunk and its answer, and we were faster.
                        assertThat(e.getStatus().getCode())
                                .isIn(Status.Code.UNAVAILABLE, Status.Code.ABORTED, Status.Code.OUT_OF_RANGE);
                    }
                    breaks++;
                    // Now and then the service is gone too, as by kill -9, and another goes on.
                    if (breaks % 7 == 0) {
                        registry.kill();
                        registry.close();
                        registry = RegistryProcess.start(directory, postgres, kafkaPort);
                        registry.awaitReady();
                        proxy.forwardTo(registry.grpcPort());
                        channel.resetConnectBackoff();
                        tenant = registry.tenant("acme", channel);
                        upload = TenantUpload.of(tenant, upload.name(), content);
                    }
                    calls++;
                    long committed = goOn(upload);
                    assertThat(offset + length - committed).isBetween(0L, (long) CHUNK);
                    offset = committed;
                }
                assertThat(upload.finish().getSizeBytes()).isEqualTo(content.length);
                channel.shutdownNow();

                assertThat(proxy.cuts()).isEqualTo(CUTS);
                assertThat(breaks).isGreaterThan(CUTS / 2);
                // Counted where it was sent: nothing below the client sent anything again either.
                assertThat(proxy.sent() - content.length)
                        .isLessThanOrEqualTo((long) CUTS * CHUNK + (calls + CUTS) * AROUND_A_CALL);
                assertThat(registry.tenant("acme").download("tenants/acme/artifacts/" + RegistryTenant.sha256(content)))
                        .isEqualTo(content);
                try (Stream<Path> parts = Files.list(directory.resolve("artifacts/.uploads"))) {
                    assertThat(parts).isEmpty();
                }
            } finally {
                registry.close();
            }
        }
    }

    @Test
    void takesFourUploadsAtATimeWithLessThan64MebibytesOfHeapForEach() throws Exception {
        int uploads = 4;
        byte[] content = content(32 * MEBIBYTE);
        int chunk = 4 * MEBIBYTE;
        try (PostgresServer postgres = PostgresServer.startTemporary()) {
            postgres.createDatabase("registry");
            try (RegistryProcess registry = RegistryProcess.start(directory, postgres, LocalPorts.free());
                    ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                registry.awaitReady();
                List<Future<?>> running = new ArrayList<>();
                for (int number = 0; number < uploads; number++) {
                    RegistryTenant tenant = registry.tenant("t-" + number);
                    running.add(threads.submit(() -> {
                        TenantUpload upload = TenantUpload.begin(tenant, "large", content);
                        for (int offset = 0; offset < content.length; offset += chunk) {
                            writeWhenThereIsRoom(upload, offset, chunk);
                        }
                        assertThat(upload.finish().getSizeBytes()).isEqualTo(content.length);
                    }));
                }
                for (Future<?> upload : running) {
                    assertThat(upload).as(() -> log(registry)).succeedsWithin(Duration.ofMinutes(5));
                }
                assertThat(registry.log()).doesNotContain("OutOfMemoryError");
            }
        }
    }

    private static void writeWhenThereIsRoom(TenantUpload upload, int offset, int length) {
        Eventually.see(
                () -> {
                    try {
                        return upload.write(offset, length).getCommittedSizeBytes();
                    } catch (StatusRuntimeException e) {
                        assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
                        return 0L;
                    }
                },
                committed -> committed == offset + length);
    }

    private static String log(RegistryProcess registry) {
        try {
            return registry.log();
        } catch (IOException e) {
            return e.toString();
        }
    }

    /** Asks until the service answers how much it has. */
    private static long goOn(TenantUpload upload) {
        return Eventually.see(
                        () -> {
                            try {
                                return Optional.of(upload.get().getCommittedSizeBytes());
                            } catch (StatusRuntimeException e) {
                                assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
                                return Optional.<Long>empty();
                            }
                        },
                        Optional::isPresent)
                .orElseThrow();
    }

    private static byte[] content(int size) {
        byte[] content = new byte[size];
        new Random(size).nextBytes(content);
        return content;
    }
}
