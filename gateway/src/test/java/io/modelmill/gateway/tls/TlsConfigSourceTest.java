package io.modelmill.gateway.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TlsConfigSourceTest {
    @Test
    void isSilentWithoutACertificate() {
        SmallRyeConfig config = config(Map.of("modelmill.tls.certificate-file", ""));

        assertThat(config.getOptionalValue("quarkus.http.insecure-requests", String.class))
                .isEmpty();
    }

    @Test
    void bothDoorsTakeTheCertificateAndNothingElse() {
        SmallRyeConfig config = config(Map.of(
                "modelmill.tls.certificate-file",
                "/etc/tls.crt",
                "modelmill.tls.key-file",
                "/etc/tls.key",
                "quarkus.http.port",
                "7400"));

        assertThat(config.getConfigValue("quarkus.http.ssl.certificate.files").getValue())
                .isEqualTo("/etc/tls.crt");
        assertThat(config.getConfigValue("quarkus.http.ssl.certificate.key-files")
                        .getValue())
                .isEqualTo("/etc/tls.key");
        assertThat(config.getConfigValue("quarkus.http.insecure-requests").getValue())
                .isEqualTo("disabled");
        assertThat(config.getValue("quarkus.http.ssl-port", Integer.class)).isEqualTo(7400);
        assertThat(config.getConfigValue("quarkus.grpc.server.ssl.certificate").getValue())
                .isEqualTo("/etc/tls.crt");
        assertThat(config.getConfigValue("quarkus.grpc.server.ssl.key").getValue())
                .isEqualTo("/etc/tls.key");
        assertThat(config.getConfigValue("quarkus.grpc.server.plain-text").getValue())
                .isEqualTo("false");
    }

    @Test
    void refusesHalfOfAPair() {
        assertThatThrownBy(() -> config(Map.of("modelmill.tls.certificate-file", "/etc/tls.crt")))
                .hasStackTraceContaining("modelmill.tls.key-file: missing");
        assertThatThrownBy(() -> config(Map.of("modelmill.tls.key-file", "/etc/tls.key")))
                .hasStackTraceContaining("modelmill.tls.certificate-file: missing");
    }

    private static SmallRyeConfig config(Map<String, String> values) {
        return new SmallRyeConfigBuilder()
                .addDefaultInterceptors()
                .withDefaultValues(values)
                .withSources(new TlsConfigSource())
                .build();
    }
}
