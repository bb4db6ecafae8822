package io.modelmill.gateway.tls;

import io.smallrye.config.ConfigSourceContext;
import io.smallrye.config.ConfigSourceFactory;
import io.smallrye.config.ConfigValue;
import io.smallrye.config.PropertiesConfigSource;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.config.spi.ConfigSource;
import org.jspecify.annotations.Nullable;

/**
 * Turns {@code modelmill.tls.certificate-file} and {@code modelmill.tls.key-file} (both PEM) into what the HTTP and the
 * gRPC server ask for. With them both doors speak TLS on their own ports, and neither speaks anything else.
 */
public final class TlsConfigSource implements ConfigSourceFactory {
    static final String CERTIFICATE_FILE = "modelmill.tls.certificate-file";
    static final String KEY_FILE = "modelmill.tls.key-file";

    /** Above application.properties, below system properties and the environment. */
    private static final int ORDINAL = 275;

    @Override
    public Iterable<ConfigSource> getConfigSources(ConfigSourceContext context) {
        String certificate = value(context, CERTIFICATE_FILE);
        String key = value(context, KEY_FILE);
        if (certificate.isBlank() && key.isBlank()) {
            return List.of();
        }
        if (certificate.isBlank() || key.isBlank()) {
            throw new IllegalArgumentException((certificate.isBlank() ? CERTIFICATE_FILE : KEY_FILE)
                    + ": missing (expected: both " + CERTIFICATE_FILE + " and " + KEY_FILE + ", or neither)");
        }
        return List.of(new PropertiesConfigSource(properties(certificate, key), "modelmill.tls", ORDINAL));
    }

    static Map<String, String> properties(String certificate, String key) {
        return Map.of(
                "quarkus.http.ssl.certificate.files", certificate,
                "quarkus.http.ssl.certificate.key-files", key,
                "quarkus.http.insecure-requests", "disabled",
                "quarkus.http.ssl-port", "${quarkus.http.port}",
                "quarkus.grpc.server.ssl.certificate", certificate,
                "quarkus.grpc.server.ssl.key", key,
                "quarkus.grpc.server.plain-text", "false");
    }

    private static String value(ConfigSourceContext context, String name) {
        @Nullable ConfigValue value = context.getValue(name);
        return value == null || value.getValue() == null ? "" : value.getValue();
    }
}
