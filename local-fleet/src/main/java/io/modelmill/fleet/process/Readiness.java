package io.modelmill.fleet.process;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;

/** How to find out whether a server on loopback can answer. Written down as text, such as {@code kafka:7450}. */
public sealed interface Readiness {
    /** Most that one question may take. */
    Duration LIMIT = Duration.ofSeconds(3);

    /** Whether the server can answer now. Never throws. */
    boolean isReady();

    /** Reads what {@code toString} wrote. */
    static Readiness parse(String text) {
        String[] parts = text.split(":", 3);
        return switch (parts[0]) {
            case "health" ->
                new Health(
                        Integer.parseInt(parts[1]),
                        parts.length == 3 ? Optional.of(Path.of(parts[2])) : Optional.empty());
            case "port" -> new Port(Integer.parseInt(parts[1]));
            case "kafka" -> new Kafka(Integer.parseInt(parts[1]));
            default ->
                throw new IllegalArgumentException(
                        "readiness: \"" + text + "\" (expected: health, port or kafka, a colon and a port)");
        };
    }

    /**
     * A service is ready when it says so over HTTP.
     *
     * @param certificate PEM file of a service that speaks HTTPS; it must name {@code localhost}
     */
    record Health(int port, Optional<Path> certificate) implements Readiness {
        private static final HttpClient PLAIN =
                HttpClient.newBuilder().connectTimeout(LIMIT).build();

        @Override
        public boolean isReady() {
            URI address = URI.create(
                    (certificate.isPresent() ? "https://localhost:" : "http://127.0.0.1:") + port + "/q/health/ready");
            HttpRequest request = HttpRequest.newBuilder(address).timeout(LIMIT).build();
            HttpClient client = certificate.map(Health::trusting).orElse(PLAIN);
            try {
                return client.send(request, HttpResponse.BodyHandlers.discarding())
                                .statusCode()
                        == 200;
            } catch (IOException e) {
                return false;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }

        private static HttpClient trusting(Path certificate) {
            return HttpClient.newBuilder()
                    .connectTimeout(LIMIT)
                    .sslContext(TrustedCertificate.context(certificate))
                    .build();
        }

        @Override
        public String toString() {
            return "health:" + port + certificate.map(file -> ":" + file).orElse("");
        }
    }

    /** Ready when it takes connections. */
    record Port(int port) implements Readiness {
        @Override
        public boolean isReady() {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), (int) LIMIT.toMillis());
                return true;
            } catch (IOException e) {
                return false;
            }
        }

        @Override
        public String toString() {
            return "port:" + port;
        }
    }

    /** A broker is ready when it answers clients. */
    record Kafka(int port) implements Readiness {
        @Override
        public boolean isReady() {
            // An admin client of a port that nobody listens on would fill the log.
            return new Port(port).isReady() && answers();
        }

        private boolean answers() {
            int limit = (int) LIMIT.toMillis();
            Map<String, Object> config = Map.of(
                    AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG,
                    "127.0.0.1:" + port,
                    AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG,
                    limit,
                    AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG,
                    limit);
            try (Admin admin = Admin.create(config)) {
                return !admin.describeCluster()
                        .nodes()
                        .get(limit, TimeUnit.MILLISECONDS)
                        .isEmpty();
            } catch (ExecutionException | TimeoutException e) {
                return false;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }

        @Override
        public String toString() {
            return "kafka:" + port;
        }
    }
}
