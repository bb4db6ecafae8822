package io.modelmill.servicekit.security;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.Metadata;
import io.modelmill.servicekit.error.CommonReason;
import io.modelmill.servicekit.error.ServiceException;
import java.util.Optional;
import java.util.Set;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;

class CallerTest {
    private final Caller acme = new Caller("tenants/acme/apiKeys/k1", Optional.of("acme"), Set.of(Role.TENANT));

    @Test
    void hidesForeignResources() {
        assertThatThrownBy(() -> acme.requireTenant("other", "tenants/other/models/secret", Role.TENANT))
                .isInstanceOfSatisfying(
                        ServiceException.class,
                        failure -> Assertions.assertThat(failure.reason()).isEqualTo(CommonReason.RESOURCE_NOT_FOUND));
    }

    @Test
    void letsTenantAndServicesPass() {
        assertThatCode(() -> acme.requireTenant("acme", "tenants/acme", Role.TENANT))
                .doesNotThrowAnyException();
        assertThatCode(() -> Caller.service("training-service").requireTenant("acme", "tenants/acme", Role.TENANT))
                .doesNotThrowAnyException();
    }

    @Test
    void refusesMissingRole() {
        assertThatThrownBy(() -> acme.requireTenant("acme", "tenants/acme", Role.WORKER))
                .isInstanceOfSatisfying(
                        ServiceException.class,
                        failure -> Assertions.assertThat(failure.reason()).isEqualTo(CommonReason.ROLE_MISSING));
    }

    @Test
    void administratorIsNoTenant() {
        Caller administrator = new Caller("admin", Optional.empty(), Set.of(Role.PLATFORM_ADMIN));
        assertThatThrownBy(() -> administrator.requireTenant("acme", "tenants/acme", Role.PLATFORM_ADMIN))
                .isInstanceOf(ServiceException.class);
    }

    @Test
    void callWithoutTokenHasNoCaller() {
        assertThatThrownBy(Caller::current)
                .isInstanceOfSatisfying(
                        ServiceException.class,
                        failure -> Assertions.assertThat(failure.reason()).isEqualTo(CommonReason.CREDENTIAL_INVALID));
    }

    @Test
    void readsBearerHeaders() {
        Metadata headers = new Metadata();
        Assertions.assertThat(BearerToken.read(headers)).isEmpty();
        headers.put(BearerToken.HEADER, "Basic abc");
        Assertions.assertThat(BearerToken.read(headers)).isEmpty();
        BearerToken.write(headers, "abc");
        Assertions.assertThat(BearerToken.read(headers)).contains("abc");
        Assertions.assertThat(BearerToken.read("bearer  abc ")).contains("abc");
    }
}
