package io.modelmill.inference.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ServerSettingsTest {
    @TempDir
    Path directory;

    @ParameterizedTest
    @CsvSource({"0, 1, PT0.000000001S", "65535, 2147483647, P10D"})
    void takesWhatIsInRange(int port, int maxInboundMessageSize, Duration permitKeepAliveTime) {
        ServerSettings settings = settings(port, maxInboundMessageSize, permitKeepAliveTime);

        assertThat(settings.port()).isEqualTo(port);
        assertThat(settings.maxInboundMessageSize()).isEqualTo(maxInboundMessageSize);
        assertThat(settings.permitKeepAliveTime()).isEqualTo(permitKeepAliveTime);
        assertThat(settings.certificate()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            -1    | 1  | PT1S  | quarkus.grpc.server.port: -1 (expected: 0 to 65535)
            65536 | 1  | PT1S  | quarkus.grpc.server.port: 65536 (expected: 0 to 65535)
            1     | 0  | PT1S  | quarkus.grpc.server.max-inbound-message-size: 0 (expected: >= 1, in bytes)
            1     | -5 | PT1S  | quarkus.grpc.server.max-inbound-message-size: -5 (expected: >= 1, in bytes)
            1     | 1  | PT0S  | quarkus.grpc.server.netty.permit-keep-alive-time: PT0S (expected: above 0)
            1     | 1  | PT-2S | quarkus.grpc.server.netty.permit-keep-alive-time: PT-2S (expected: above 0)
            """)
    void refusesWhatCannotBe(int port, int maxInboundMessageSize, Duration permitKeepAliveTime, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> settings(port, maxInboundMessageSize, permitKeepAliveTime))
                .withMessage(message);
    }

    @Test
    void refusesHalfACertificate() throws IOException {
        Path file = Files.createFile(directory.resolve("tls.pem"));

        assertThatIllegalArgumentException()
                .isThrownBy(() -> settings(Optional.of(file), Optional.empty()))
                .withMessage("quarkus.grpc.server.ssl.key: not set (expected: a PEM file, for"
                        + " quarkus.grpc.server.ssl.certificate is)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> settings(Optional.empty(), Optional.of(file)))
                .withMessage("quarkus.grpc.server.ssl.certificate: not set (expected: a PEM file, for"
                        + " quarkus.grpc.server.ssl.key is)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> settings(Optional.of(file), Optional.of(directory.resolve("none"))))
                .withMessage("quarkus.grpc.server.ssl.key: " + directory.resolve("none")
                        + " (expected: a PEM file that can be read)");
        assertThat(settings(Optional.of(file), Optional.of(file)).certificate())
                .contains(new ServerSettings.Certificate(file, file));
    }

    private static ServerSettings settings(int port, int maxInboundMessageSize, Duration permitKeepAliveTime) {
        return new ServerSettings(
                "127.0.0.1", port, maxInboundMessageSize, permitKeepAliveTime, Optional.empty(), Optional.empty());
    }

    private static ServerSettings settings(Optional<Path> chain, Optional<Path> key) {
        return new ServerSettings("127.0.0.1", 1, 1, Duration.ofSeconds(1), chain, key);
    }
}
