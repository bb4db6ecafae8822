package io.modelmill.servicekit.security;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.modelmill.servicekit.error.CommonReason;
import io.modelmill.servicekit.error.ServiceException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jose4j.jwk.JsonWebKeySet;
import org.jose4j.jwk.PublicJsonWebKey;
import org.jose4j.lang.JoseException;
import org.junit.jupiter.api.Test;

class CallerTokenTest {
    private static final Caller ACME = new Caller("tenants/acme/apiKeys/k1", Optional.of("acme"), Set.of(Role.TENANT));

    private final List<PublicJsonWebKey> keys = TokenKeys.generate(List.of("gateway", "training-service"));
    private final CallerTokenSigner gateway = new CallerTokenSigner(keys.getFirst());
    private final CallerTokenVerifier registry = verifier("registry-service");

    @Test
    void carriesTheCaller() {
        String token = gateway.sign(ACME, List.of("registry-service", "inference-service"), Duration.ofMinutes(1));
        assertThat(registry.verify(token)).isEqualTo(ACME);
        // The second time from memory.
        assertThat(registry.verify(token)).isEqualTo(ACME);
    }

    @Test
    void carriesServicesWithoutTenant() {
        Caller service = Caller.service("training-service");
        CallerTokenSigner signer = new CallerTokenSigner(keys.getLast());
        assertThat(registry.verify(signer.sign(service, List.of("registry-service"), Duration.ofMinutes(1))))
                .isEqualTo(service);
    }

    @Test
    void refusesTokenForAnotherService() {
        refused(gateway.sign(ACME, List.of("inference-service"), Duration.ofMinutes(1)));
    }

    @Test
    void refusesEndedToken() {
        assertThatThrownBy(
                        () -> registry.verify(gateway.sign(ACME, List.of("registry-service"), Duration.ofSeconds(-1))))
                .hasMessage("the token has ended");
    }

    @Test
    void forgetsTokenThatEndsWhileRemembered() throws InterruptedException {
        Instant expiry = Instant.now().plusSeconds(1);
        String token = gateway.sign(ACME, List.of("registry-service"), expiry);
        assertThat(registry.verify(token)).isEqualTo(ACME);
        while (Instant.now().isBefore(expiry.plusMillis(10))) {
            Thread.onSpinWait();
        }
        refused(token);
    }

    @Test
    void refusesTokenOfUnknownKey() {
        PublicJsonWebKey stranger = TokenKeys.generate(List.of("gateway")).getFirst();
        refused(new CallerTokenSigner(stranger).sign(ACME, List.of("registry-service"), Duration.ofMinutes(1)));
    }

    @Test
    void refusesChangedClaims() {
        String[] parts = gateway.sign(ACME, List.of("registry-service"), Duration.ofMinutes(1))
                .split("\\.");
        String claims = new String(Base64.getUrlDecoder().decode(parts[1]), UTF_8).replace("acme", "evil");
        refused(parts[0] + "."
                + Base64.getUrlEncoder().withoutPadding().encodeToString(claims.getBytes(UTF_8))
                + "." + parts[2]);
    }

    @Test
    void refusesTextThatIsNoToken() {
        refused("");
        refused("mm_key.secret");
    }

    @Test
    void renewsTokenInTime() {
        RenewedToken token = new RenewedToken(gateway, ACME, List.of("registry-service"), Duration.ofHours(1));
        assertThat(token.get()).isSameAs(token.get());
        RenewedToken ending = new RenewedToken(gateway, ACME, List.of("registry-service"), Duration.ZERO);
        assertThat(ending.get()).isNotSameAs(ending.get());
    }

    private void refused(String token) {
        assertThatThrownBy(() -> registry.verify(token))
                .isInstanceOfSatisfying(
                        ServiceException.class,
                        failure -> assertThat(failure.reason()).isEqualTo(CommonReason.CREDENTIAL_INVALID))
                .message()
                .doesNotContain("acme", "evil");
    }

    private CallerTokenVerifier verifier(String audience) {
        try {
            return new CallerTokenVerifier(new JsonWebKeySet(TokenKeys.publicJson(keys)), audience);
        } catch (JoseException e) {
            throw new AssertionError(e);
        }
    }
}
