package io.modelmill.gateway.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelmill.gateway.fixture.GatewayCallers;
import io.modelmill.gateway.fixture.GatewayIntegrationTest;
import io.modelmill.gateway.fixture.GrpcFailure;
import io.modelmill.gateway.fixture.RestClient;
import io.modelmill.gateway.fixture.RestClient.Answer;
import io.modelmill.proto.gateway.v1.ListTenantsRequest;
import io.modelmill.proto.gateway.v1.TenantServiceGrpc;
import org.junit.jupiter.api.Test;

/** What operators look at: health and metrics, which need no key. */
@GatewayIntegrationTest
class OperationsIT {
    private final RestClient rest = RestClient.withKey("");

    @Test
    void isReadyWithItsDatabase() {
        Answer answer = rest.get("/q/health/ready");

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.text()).contains("Database connections health check");
        assertThat(rest.get("/q/health/live").status()).isEqualTo(200);
    }

    @Test
    void countsCallsOfBothDoorsByMethodAndCode() {
        try (GatewayCallers callers = GatewayCallers.connect()) {
            TenantServiceGrpc.newBlockingStub(callers.admin()).listTenants(ListTenantsRequest.getDefaultInstance());
            GrpcFailure.of(() -> TenantServiceGrpc.newBlockingStub(callers.anonymous())
                    .listTenants(ListTenantsRequest.getDefaultInstance()));
        }
        RestClient.withKey(GatewayCallers.adminKey()).get("/v1/tenants/absent");

        String metrics = rest.get("/q/metrics").text();

        assertThat(metrics.lines().filter(line -> line.startsWith("grpc_server_processing_duration_seconds_count")))
                .anyMatch(line -> line.contains("method=\"ListTenants\"")
                        && line.contains("service=\"modelmill.gateway.v1.TenantService\"")
                        && line.contains("statusCode=\"OK\""))
                .anyMatch(line ->
                        line.contains("method=\"ListTenants\"") && line.contains("statusCode=\"UNAUTHENTICATED\""))
                .anyMatch(line -> line.contains("method=\"GetTenant\"") && line.contains("statusCode=\"NOT_FOUND\""));
        assertThat(metrics.lines().filter(line -> line.startsWith("http_server_requests_seconds_count")))
                .anyMatch(line -> line.contains("uri=\"/v1/{path:.+}\"") && line.contains("status=\"404\""));
    }
}
