package io.modelmill.inference.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ManagedChannel;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.modelmill.inference.fixture.Eventually;
import io.modelmill.inference.fixture.InferenceClient;
import io.modelmill.inference.fixture.ModelFolder;
import io.modelmill.inference.fixture.SmallModels;
import io.modelmill.inference.fixture.StandaloneProcess;
import io.modelmill.localservers.LocalPorts;
import io.modelmill.servicekit.fixture.TestCertificate;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The server of the packaged service, as a process of its own. */
class ServingServerIT {
    private static final String CERTIFICATE = "-Dquarkus.grpc.server.ssl.certificate=";
    private static final String KEY = "-Dquarkus.grpc.server.ssl.key=";

    @TempDir
    Path directory;

    private ModelFolder models;
    private Path log;

    @BeforeEach
    void makeFolder() throws IOException {
        models = new ModelFolder(Files.createDirectory(directory.resolve("models")))
                .graph("scaling", 1, SmallModels.scaling(1));
        log = directory.resolve("log");
    }

    @Test
    void endsTheProcessWhenItsPortIsTaken() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThat(ended(taken.getLocalPort())).isEqualTo(1);
            assertThat(Files.readString(log)).contains("gRPC on /127.0.0.1:" + taken.getLocalPort());
        }
    }

    @Test
    void endsTheProcessOnSettingsThatCannotBe() throws Exception {
        Path file = Files.createFile(directory.resolve("tls.crt"));

        assertThat(ended(LocalPorts.free(), CERTIFICATE + file)).isEqualTo(1);
        assertThat(Files.readString(log))
                .contains("quarkus.grpc.server.ssl.key: not set (expected: a PEM file, for"
                        + " quarkus.grpc.server.ssl.certificate is)");

        assertThat(ended(LocalPorts.free(), CERTIFICATE + file, KEY + directory.resolve("away")))
                .isEqualTo(1);
        assertThat(Files.readString(log)).contains("away (expected: a PEM file that can be read)");

        assertThat(ended(LocalPorts.free(), CERTIFICATE + file, KEY + file)).isEqualTo(1);
        assertThat(Files.readString(log))
                .contains("tls.crt and tls.crt: no certificate with its key (expected: PEM files)");

        assertThat(ended(LocalPorts.free(), "-Dmodelmill.server.event-loops=0")).isEqualTo(1);
        assertThat(Files.readString(log)).contains("modelmill.server.event-loops: 0 (expected: >= 1)");
    }

    @Test
    void speaksTls() throws Exception {
        TestCertificate certificate = TestCertificate.create(directory);
        int port = LocalPorts.free();
        Process service = launch(port, CERTIFICATE + certificate.certificateFile(), KEY + certificate.keyFile());
        ManagedChannel channel = NettyChannelBuilder.forAddress("localhost", port)
                .sslContext(GrpcSslContexts.forClient()
                        .trustManager(certificate.certificateFile().toFile())
                        .build())
                .build();
        try {
            InferenceClient client = new InferenceClient(channel);
            Eventually.until("the model is ready", () -> client.isReady("scaling", ""));
            assertThat(client.factor("scaling", "")).isEqualTo(1f);
        } finally {
            channel.shutdownNow();
            service.destroyForcibly().onExit().join();
        }
    }

    private int ended(int port, String... options) throws Exception {
        Process process = launch(port, options);
        try {
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("it ends").isTrue();
            return process.exitValue();
        } finally {
            process.destroyForcibly();
        }
    }

    private Process launch(int port, String... options) {
        return StandaloneProcess.launch(
                log,
                List.of(options),
                Map.of(),
                "--model-repository",
                models.directory().toString(),
                "--port",
                Integer.toString(port),
                "--http-port",
                Integer.toString(LocalPorts.free()));
    }
}
