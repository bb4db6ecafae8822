package io.modelmill.gateway.usage;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelmill.gateway.fixture.Eventually;
import io.modelmill.gateway.fixture.GatewayCallers;
import io.modelmill.gateway.fixture.GatewayIntegrationTest;
import io.modelmill.gateway.fixture.PackagedGateway;
import io.modelmill.localservers.LocalPorts;
import io.modelmill.localservers.kafka.KafkaBroker;
import io.modelmill.localservers.postgres.PostgresServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.eclipse.microprofile.config.Config;
import org.eclipse.microprofile.config.ConfigProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The packaged gateway, on a database of its own, whose broker comes late. */
@GatewayIntegrationTest
class UsageWithoutBrokerIT {
    @TempDir
    Path directory;

    @Test
    void servesWithoutABrokerAndCountsOnceThereIsOne() throws Exception {
        int http = LocalPorts.free();
        int kafka = LocalPorts.free();
        try (PostgresServer postgres = PostgresServer.startTemporary();
                PackagedGateway gateway = PackagedGateway.start(properties(http, kafka, postgres));
                HttpClient client = HttpClient.newHttpClient()) {
            Eventually.holds("ready without a broker", () -> {
                assertThat(gateway.isAlive()).as(gateway::log).isTrue();
                return get(client, http, "/q/health/ready").startsWith("200");
            });
            assertThat(get(client, http, "/v1/tenants/acme/trainingUsages")).isEqualTo("200 {}");

            try (KafkaBroker broker = KafkaBroker.start(directory, kafka, LocalPorts.free());
                    JobEventsTopic events = new JobEventsTopic(broker.bootstrapServers())) {
                events.closed("tenants/acme/trainingJobs/a", 1, Instant.parse("2026-01-01T00:00:00Z"), 1_000);
                Eventually.holds(
                        "the event is counted",
                        () -> get(client, http, "/v1/tenants/acme/trainingUsages")
                                .contains("\"1s\""));
            }
        }
    }

    private static Map<String, String> properties(int http, int kafka, PostgresServer postgres) {
        Config running = ConfigProvider.getConfig();
        Map<String, String> properties = new HashMap<>();
        for (String name : new String[] {
            "modelmill.security.trusted-keys-file",
            "modelmill.security.signing-key-file",
            "modelmill.auth.pepper-file",
            "modelmill.auth.admin-key-file",
            "modelmill.registry.address",
            "modelmill.training.address",
            "modelmill.inference.addresses"
        }) {
            properties.put(name, running.getValue(name, String.class));
        }
        properties.put("quarkus.datasource.jdbc.url", postgres.jdbcUrl("postgres"));
        properties.put("quarkus.datasource.username", PostgresServer.USER);
        properties.put("kafka.bootstrap.servers", "127.0.0.1:" + kafka);
        properties.put("quarkus.http.host", "127.0.0.1");
        properties.put("quarkus.http.port", Integer.toString(http));
        properties.put("quarkus.grpc.server.host", "127.0.0.1");
        properties.put("quarkus.grpc.server.port", Integer.toString(LocalPorts.free()));
        return properties;
    }

    /** Status and body without white space; empty while nobody answers. */
    private static String get(HttpClient client, int port, String path) {
        try {
            HttpResponse<String> answer = client.send(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                            .header("authorization", "Bearer " + GatewayCallers.adminKey())
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            return answer.statusCode() + " " + answer.body().replaceAll("\\s", "");
        } catch (IOException e) {
            return "";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
