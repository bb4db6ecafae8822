package io.modelmill.gateway.auth;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Timestamp;
import com.google.rpc.BadRequest;
import grpc.health.v1.HealthGrpc;
import grpc.health.v1.HealthOuterClass.HealthCheckRequest;
import io.grpc.Channel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.modelmill.gateway.fixture.Eventually;
import io.modelmill.gateway.fixture.GatewayCallers;
import io.modelmill.gateway.fixture.GatewayIntegrationTest;
import io.modelmill.gateway.fixture.GrpcFailure;
import io.modelmill.proto.gateway.v1.ApiKey;
import io.modelmill.proto.gateway.v1.CreateApiKeyRequest;
import io.modelmill.proto.gateway.v1.CreateApiKeyResponse;
import io.modelmill.proto.gateway.v1.DeleteApiKeyRequest;
import io.modelmill.proto.gateway.v1.ExchangeTokenRequest;
import io.modelmill.proto.gateway.v1.ExchangeTokenResponse;
import io.modelmill.proto.gateway.v1.GetTenantRequest;
import io.modelmill.proto.gateway.v1.ListApiKeysRequest;
import io.modelmill.proto.gateway.v1.TenantServiceGrpc;
import io.modelmill.proto.gateway.v1.TenantServiceGrpc.TenantServiceBlockingStub;
import io.modelmill.proto.gateway.v1.TokenServiceGrpc;
import io.modelmill.servicekit.security.Caller;
import io.modelmill.servicekit.security.CallerTokenVerifier;
import io.modelmill.servicekit.security.Role;
import io.modelmill.servicekit.security.TokenKeys;
import jakarta.inject.Inject;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import javax.sql.DataSource;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@GatewayIntegrationTest
class ApiKeyIT {
    @Inject
    DataSource database;

    @Inject
    @ConfigProperty(name = "modelmill.security.trusted-keys-file")
    String trustedKeysFile;

    private GatewayCallers callers;
    private String tenant;

    @BeforeEach
    void connect() {
        callers = GatewayCallers.connect();
        tenant = callers.newTenant();
    }

    @AfterEach
    void disconnect() {
        callers.close();
    }

    @Test
    void letsTheHolderOfAKeyIn() {
        String secret = callers.newKey(tenant).getSecret();

        assertThat(secret).matches("mm_[a-z][a-z0-9-]+\\.[A-Za-z0-9_-]{43}");
        assertThat(nameOfOwnTenant(callers.withKey(secret))).isEqualTo("tenants/" + tenant);
        assertThat(nameOfOwnTenant(callers.withHeader("x-api-key", secret))).isEqualTo("tenants/" + tenant);
    }

    @Test
    void refusesCallsWithoutAGoodKey() {
        CreateApiKeyResponse key = callers.newKey(tenant);
        String other = callers.newKey(tenant).getSecret();
        String swapped =
                key.getSecret().substring(0, key.getSecret().indexOf('.')) + other.substring(other.indexOf('.'));

        for (String wrong :
                new String[] {"", "mm_", "mm_k.x", "not a key", swapped, key.getSecret() + "x", "mm_admin.guess"}) {
            GrpcFailure.of(() -> nameOfOwnTenant(callers.withKey(wrong)))
                    .has(Status.Code.UNAUTHENTICATED, "CREDENTIAL_INVALID");
        }
        GrpcFailure.of(() -> nameOfOwnTenant(callers.anonymous()))
                .has(Status.Code.UNAUTHENTICATED, "CREDENTIAL_INVALID");
        GrpcFailure.of(() -> nameOfOwnTenant(callers.withHeader("authorization", "Basic " + key.getSecret())))
                .has(Status.Code.UNAUTHENTICATED, "CREDENTIAL_INVALID");
    }

    @Test
    void refusesATokenInPlaceOfAKey() {
        ExchangeTokenResponse exchanged = exchange(callers.newKey(tenant).getSecret());

        GrpcFailure.of(() -> nameOfOwnTenant(callers.withKey(exchanged.getAccessToken())))
                .has(Status.Code.UNAUTHENTICATED, "CREDENTIAL_INVALID");
    }

    @Test
    void refusesADeletedKeyWithinSeconds() {
        CreateApiKeyResponse key = callers.newKey(tenant);
        assertThat(nameOfOwnTenant(callers.withKey(key.getSecret()))).isEqualTo("tenants/" + tenant);

        asAdmin()
                .deleteApiKey(DeleteApiKeyRequest.newBuilder()
                        .setName(key.getApiKey().getName())
                        .build());

        GrpcFailure.of(() -> nameOfOwnTenant(callers.withKey(key.getSecret())))
                .has(Status.Code.UNAUTHENTICATED, "CREDENTIAL_INVALID");
    }

    @Test
    void forgetsAKeyThatAnotherReplicaDeleted() throws SQLException {
        CreateApiKeyResponse key = callers.newKey(tenant);
        assertThat(nameOfOwnTenant(callers.withKey(key.getSecret()))).isEqualTo("tenants/" + tenant);

        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("DELETE FROM api_key WHERE tenant_id = '" + tenant + "'");
        }

        Eventually.holds("the key is refused", () -> {
            try {
                nameOfOwnTenant(callers.withKey(key.getSecret()));
                return false;
            } catch (StatusRuntimeException refused) {
                return refused.getStatus().getCode() == Status.Code.UNAUTHENTICATED;
            }
        });
    }

    @Test
    void refusesAKeyThatHasEnded() {
        Instant end = Instant.now().plusSeconds(1).truncatedTo(ChronoUnit.MILLIS);
        String secret = asAdmin()
                .createApiKey(CreateApiKeyRequest.newBuilder()
                        .setParent("tenants/" + tenant)
                        .setApiKey(ApiKey.newBuilder().setExpireTime(timestamp(end)))
                        .build())
                .getSecret();

        Eventually.holds("the key has ended", () -> {
            try {
                nameOfOwnTenant(callers.withKey(secret));
                return false;
            } catch (StatusRuntimeException refused) {
                return refused.getStatus().getCode() == Status.Code.UNAUTHENTICATED;
            }
        });
        assertThat(Instant.now()).isAfterOrEqualTo(end);
    }

    @Test
    void keepsNoSecretInTheDatabase() throws SQLException {
        String secret = callers.newKey(tenant).getSecret();

        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        "SELECT api_key::text, digest FROM api_key WHERE tenant_id = '" + tenant + "'")) {
            assertThat(row.next()).isTrue();
            assertThat(row.getString(1)).doesNotContain(secret.substring(secret.indexOf('.') + 1));
            assertThat(row.getBytes(2)).hasSize(32);
        }
    }

    @Test
    void givesForeignTenantsNothing() {
        String foreign = callers.newTenant();
        CreateApiKeyResponse foreignKey = callers.newKey(foreign);
        TenantServiceBlockingStub own = TenantServiceGrpc.newBlockingStub(
                callers.withKey(callers.newKey(tenant).getSecret()));

        GrpcFailure.of(() -> own.getTenant(GetTenantRequest.newBuilder()
                        .setName("tenants/" + foreign)
                        .build()))
                .has(Status.Code.NOT_FOUND, "RESOURCE_NOT_FOUND");
        GrpcFailure.of(() -> own.listApiKeys(ListApiKeysRequest.newBuilder()
                        .setParent("tenants/" + foreign)
                        .build()))
                .has(Status.Code.NOT_FOUND, "RESOURCE_NOT_FOUND");
        GrpcFailure.of(() -> own.createApiKey(CreateApiKeyRequest.newBuilder()
                        .setParent("tenants/" + foreign)
                        .build()))
                .has(Status.Code.NOT_FOUND, "RESOURCE_NOT_FOUND");
        GrpcFailure.of(() -> own.deleteApiKey(DeleteApiKeyRequest.newBuilder()
                        .setName(foreignKey.getApiKey().getName())
                        .build()))
                .has(Status.Code.NOT_FOUND, "RESOURCE_NOT_FOUND");
        // A foreign key's id under the own tenant's name is not there either.
        GrpcFailure.of(() -> own.deleteApiKey(DeleteApiKeyRequest.newBuilder()
                        .setName(foreignKey.getApiKey().getName().replace(foreign, tenant))
                        .build()))
                .has(Status.Code.NOT_FOUND, "RESOURCE_NOT_FOUND");
    }

    @Test
    void letsATenantManageItsOwnKeys() {
        TenantServiceBlockingStub own = TenantServiceGrpc.newBlockingStub(
                callers.withKey(callers.newKey(tenant).getSecret()));

        CreateApiKeyResponse second = own.createApiKey(CreateApiKeyRequest.newBuilder()
                .setParent("tenants/" + tenant)
                .setApiKey(ApiKey.newBuilder().setDisplayName("second"))
                .build());

        var first = own.listApiKeys(ListApiKeysRequest.newBuilder()
                .setParent("tenants/" + tenant)
                .setPageSize(1)
                .build());
        var rest = own.listApiKeys(ListApiKeysRequest.newBuilder()
                .setParent("tenants/" + tenant)
                .setPageToken(first.getNextPageToken())
                .build());
        assertThat(first.getApiKeysList()).hasSize(1);
        assertThat(rest.getApiKeysList()).hasSize(1);
        assertThat(rest.getNextPageToken()).isEmpty();
        assertThat(first.getApiKeysList().getFirst())
                .isNotEqualTo(rest.getApiKeysList().getFirst());
        own.deleteApiKey(DeleteApiKeyRequest.newBuilder()
                .setName(second.getApiKey().getName())
                .build());
        assertThat(own.listApiKeys(ListApiKeysRequest.newBuilder()
                                .setParent("tenants/" + tenant)
                                .build())
                        .getApiKeysList())
                .hasSize(1);
    }

    @Test
    void namesWrongFields() {
        GrpcFailure failure = GrpcFailure.of(() -> asAdmin()
                .createApiKey(CreateApiKeyRequest.newBuilder()
                        .setParent("tenants/" + tenant)
                        .setApiKey(ApiKey.newBuilder()
                                .setDisplayName("x".repeat(201))
                                .setExpireTime(timestamp(Instant.EPOCH)))
                        .build()));

        failure.has(Status.Code.INVALID_ARGUMENT, "INVALID_FIELD");
        assertThat(failure.detail(BadRequest.class))
                .hasValueSatisfying(bad -> assertThat(bad.getFieldViolationsList())
                        .extracting(BadRequest.FieldViolation::getField)
                        .containsExactly("api_key.display_name", "api_key.expire_time"));
        GrpcFailure.of(() -> asAdmin()
                        .createApiKey(CreateApiKeyRequest.newBuilder()
                                .setParent("tenants/unknown")
                                .build()))
                .has(Status.Code.NOT_FOUND, "RESOURCE_NOT_FOUND");
        GrpcFailure.of(() -> asAdmin()
                        .createApiKey(CreateApiKeyRequest.newBuilder()
                                .setParent("tenant/x")
                                .build()))
                .has(Status.Code.INVALID_ARGUMENT, "INVALID_FIELD");
    }

    @Test
    void exchangesAKeyForATokenOfAllServices() {
        CreateApiKeyResponse key = callers.newKey(tenant);

        ExchangeTokenResponse exchanged = exchange(key.getSecret());

        assertThat(exchanged.getTenant()).isEqualTo("tenants/" + tenant);
        assertThat(Instant.ofEpochSecond(exchanged.getExpireTime().getSeconds()))
                .isBetween(Instant.now().plusSeconds(590), Instant.now().plusSeconds(601));
        for (String service : new String[] {"inference-service", "registry-service", "training-service"}) {
            Caller caller = new CallerTokenVerifier(TokenKeys.readPublic(Path.of(trustedKeysFile)), service)
                    .verify(exchanged.getAccessToken());
            assertThat(caller.subject()).isEqualTo(key.getApiKey().getName());
            assertThat(caller.tenant()).hasValue(tenant);
            assertThat(caller.roles()).containsExactly(Role.TENANT);
        }
    }

    @Test
    void exchangesNoAdministratorsKey() {
        GrpcFailure.of(() -> exchange(GatewayCallers.adminKey())).has(Status.Code.PERMISSION_DENIED, "ROLE_MISSING");
    }

    @Test
    void leavesHealthOpen() {
        var answer = HealthGrpc.newBlockingStub(callers.anonymous()).check(HealthCheckRequest.getDefaultInstance());

        assertThat(answer.getStatus().name()).isEqualTo("SERVING");
    }

    private ExchangeTokenResponse exchange(String key) {
        return TokenServiceGrpc.newBlockingStub(callers.withKey(key))
                .exchangeToken(ExchangeTokenRequest.getDefaultInstance());
    }

    private TenantServiceBlockingStub asAdmin() {
        return TenantServiceGrpc.newBlockingStub(callers.admin());
    }

    private String nameOfOwnTenant(Channel channel) {
        return TenantServiceGrpc.newBlockingStub(channel)
                .getTenant(GetTenantRequest.newBuilder()
                        .setName("tenants/" + tenant)
                        .build())
                .getName();
    }

    private static Timestamp timestamp(Instant instant) {
        return Timestamp.newBuilder()
                .setSeconds(instant.getEpochSecond())
                .setNanos(instant.getNano())
                .build();
    }
}
