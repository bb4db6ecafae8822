package io.modelmill.gateway.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Status;
import io.grpc.TlsChannelCredentials;
import io.grpc.netty.NettyChannelBuilder;
import io.modelmill.gateway.fixture.Eventually;
import io.modelmill.gateway.fixture.GatewayCallers;
import io.modelmill.gateway.fixture.GatewayIntegrationTest;
import io.modelmill.gateway.fixture.GrpcFailure;
import io.modelmill.gateway.fixture.PackagedGateway;
import io.modelmill.localservers.LocalPorts;
import io.modelmill.proto.gateway.v1.ListTenantsRequest;
import io.modelmill.proto.gateway.v1.TenantServiceGrpc;
import io.modelmill.servicekit.fixture.TestCertificate;
import io.modelmill.servicekit.security.BearerToken;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.eclipse.microprofile.config.Config;
import org.eclipse.microprofile.config.ConfigProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The packaged gateway with a certificate, on the database of the other tests. */
@GatewayIntegrationTest
class TlsIT {
    @TempDir
    Path directory;

    @Test
    void bothDoorsSpeakTlsAndNothingElse() throws Exception {
        TestCertificate certificate = TestCertificate.create(directory);
        int http = LocalPorts.free();
        int grpc = LocalPorts.free();
        Map<String, String> properties = properties(http, grpc);
        properties.put(
                "modelmill.tls.certificate-file", certificate.certificateFile().toString());
        properties.put("modelmill.tls.key-file", certificate.keyFile().toString());

        try (PackagedGateway gateway = PackagedGateway.start(properties);
                HttpClient client =
                        HttpClient.newBuilder().sslContext(certificate.trust()).build()) {
            Eventually.holds("ready over HTTPS", () -> {
                assertThat(gateway.isAlive()).as(gateway::log).isTrue();
                return status(client, "https://localhost:" + http + "/q/health/ready") == 200;
            });
            assertThat(status(client, "https://localhost:" + http + "/v1/tenants"))
                    .isEqualTo(200);
            assertThatThrownBy(() -> send(client, "http://localhost:" + http + "/v1/tenants"))
                    .isInstanceOf(IOException.class);

            ManagedChannel channel = NettyChannelBuilder.forAddress(
                            "localhost",
                            grpc,
                            TlsChannelCredentials.newBuilder()
                                    .trustManager(certificate.certificateFile().toFile())
                                    .build())
                    .build();
            try {
                assertThat(tenants(channel).listTenants(ListTenantsRequest.getDefaultInstance()))
                        .isNotNull();
            } finally {
                channel.shutdownNow();
            }
            ManagedChannel plain = ManagedChannelBuilder.forAddress("localhost", grpc)
                    .usePlaintext()
                    .build();
            try {
                assertThat(GrpcFailure.of(() -> tenants(plain).listTenants(ListTenantsRequest.getDefaultInstance()))
                                .code())
                        .isEqualTo(Status.Code.UNAVAILABLE);
            } finally {
                plain.shutdownNow();
            }
            assertThat(gateway.log()).doesNotContain(GatewayCallers.adminKey());
        }
    }

    @Test
    void doesNotStartWithACertificateAlone() {
        Map<String, String> properties = properties(LocalPorts.free(), LocalPorts.free());
        properties.put("modelmill.tls.certificate-file", "/nowhere.crt");

        try (PackagedGateway gateway = PackagedGateway.start(properties)) {
            Eventually.holds("it ends", () -> !gateway.isAlive());
            assertThat(gateway.log()).contains("modelmill.tls.key-file: missing");
        }
    }

    private static TenantServiceGrpc.TenantServiceBlockingStub tenants(ManagedChannel channel) {
        return TenantServiceGrpc.newBlockingStub(channel)
                .withInterceptors(BearerToken.sending(GatewayCallers::adminKey))
                .withDeadlineAfter(Duration.ofSeconds(20));
    }

    private static int status(HttpClient client, String uri) {
        try {
            return send(client, uri).statusCode();
        } catch (IOException notYet) {
            return -1;
        }
    }

    private static HttpResponse<String> send(HttpClient client, String uri) throws IOException {
        try {
            return client.send(
                    HttpRequest.newBuilder(URI.create(uri))
                            .timeout(Duration.ofSeconds(10))
                            .header("authorization", "Bearer " + GatewayCallers.adminKey())
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** What the gateway under test got from its resources. */
    private static Map<String, String> properties(int http, int grpc) {
        Config config = ConfigProvider.getConfig();
        Map<String, String> properties = new HashMap<>();
        for (String name : new String[] {
            "quarkus.datasource.jdbc.url",
            "quarkus.datasource.username",
            "modelmill.auth.pepper-file",
            "modelmill.auth.admin-key-file",
            "modelmill.security.trusted-keys-file",
            "modelmill.security.signing-key-file",
        }) {
            properties.put(name, config.getValue(name, String.class));
        }
        properties.put("quarkus.http.host", "127.0.0.1");
        properties.put("quarkus.grpc.server.host", "127.0.0.1");
        properties.put("quarkus.http.port", String.valueOf(http));
        properties.put("quarkus.grpc.server.port", String.valueOf(grpc));
        return properties;
    }
}
