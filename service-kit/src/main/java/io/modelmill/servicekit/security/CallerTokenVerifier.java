package io.modelmill.servicekit.security;

import io.modelmill.servicekit.error.CommonReason;
import io.modelmill.servicekit.error.ServiceException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import org.jose4j.jwa.AlgorithmConstraints;
import org.jose4j.jwk.JsonWebKeySet;
import org.jose4j.jws.AlgorithmIdentifiers;
import org.jose4j.jwt.JwtClaims;
import org.jose4j.jwt.MalformedClaimException;
import org.jose4j.jwt.consumer.InvalidJwtException;
import org.jose4j.jwt.consumer.JwtConsumer;
import org.jose4j.jwt.consumer.JwtConsumerBuilder;
import org.jose4j.jwt.consumer.JwtContext;
import org.jose4j.keys.resolvers.JwksVerificationKeyResolver;
import org.jspecify.annotations.Nullable;

/**
 * Verifies callers' tokens: signature, issuer, audience, expiry. Verified tokens are remembered until they end, for a
 * signature costs more than a small prediction; at most {@value #REMEMBERED} of them, the eldest forgotten first.
 */
public final class CallerTokenVerifier {
    static final String TENANT = "tenant";
    static final String ROLES = "roles";

    private static final int REMEMBERED = 10_000;

    private final JwtConsumer consumer;
    private final ReentrantLock lock = new ReentrantLock();
    private final SequencedMap<String, Verified> verified = new LinkedHashMap<>();

    /**
     * @param trusted public keys of all issuers
     * @param audience the service that verifies
     */
    public CallerTokenVerifier(JsonWebKeySet trusted, String audience) {
        this.consumer = new JwtConsumerBuilder()
                .setVerificationKeyResolver(new JwksVerificationKeyResolver(trusted.getJsonWebKeys()))
                .setJwsAlgorithmConstraints(AlgorithmConstraints.ConstraintType.PERMIT, AlgorithmIdentifiers.EDDSA)
                .setExpectedAudience(audience)
                .setRequireExpirationTime()
                .setRequireSubject()
                .registerValidator(CallerTokenVerifier::issuerOwnsKey)
                .build();
    }

    /**
     * Trusts the configured keys.
     *
     * @throws IllegalStateException if there are none
     */
    public static CallerTokenVerifier of(SecurityConfig config) {
        return new CallerTokenVerifier(
                TokenKeys.readPublic(config.trustedKeysFile()
                        .orElseThrow(() -> new IllegalStateException(
                                "modelmill.security.trusted-keys-file: not set (expected: a JSON Web Key Set)"))),
                config.audience());
    }

    /** Refuses every token: for a service that takes none. */
    public static CallerTokenVerifier trustingNobody() {
        return new CallerTokenVerifier(new JsonWebKeySet(), "nobody");
    }

    /**
     * The caller that the token names.
     *
     * @throws ServiceException UNAUTHENTICATED if the token is malformed, has ended, is meant for another service or is
     *     signed with a key that is not trusted
     */
    public Caller verify(String token) {
        Instant now = Instant.now();
        lock.lock();
        try {
            Verified known = verified.get(token);
            if (known != null && known.expiry().isAfter(now)) {
                return known.caller();
            }
        } finally {
            lock.unlock();
        }
        Verified fresh = verifyNow(token);
        lock.lock();
        try {
            verified.put(token, fresh);
            if (verified.size() > REMEMBERED) {
                verified.pollFirstEntry();
            }
        } finally {
            lock.unlock();
        }
        return fresh.caller();
    }

    private Verified verifyNow(String token) {
        try {
            JwtClaims claims = consumer.processToClaims(token);
            Set<Role> roles = claims.getStringListClaimValue(ROLES).stream()
                    .map(Role::valueOf)
                    .collect(Collectors.toUnmodifiableSet());
            Caller caller =
                    new Caller(claims.getSubject(), Optional.ofNullable(claims.getClaimValueAsString(TENANT)), roles);
            return new Verified(
                    caller, Instant.ofEpochMilli(claims.getExpirationTime().getValueInMillis()));
        } catch (InvalidJwtException e) {
            String why = e.hasExpired() ? "the token has ended" : "the token is not valid for this service";
            throw new ServiceException(CommonReason.CREDENTIAL_INVALID, why);
        } catch (MalformedClaimException | IllegalArgumentException e) {
            throw new ServiceException(CommonReason.CREDENTIAL_INVALID, "the token's claims are malformed");
        }
    }

    /** A key may only sign in its own name. */
    private static @Nullable String issuerOwnsKey(JwtContext context) throws MalformedClaimException {
        String keyId = context.getJoseObjects().getFirst().getKeyIdHeaderValue();
        String issuer = context.getJwtClaims().getIssuer();
        return issuer != null && issuer.equals(keyId) ? null : "issuer and key differ";
    }

    private record Verified(Caller caller, Instant expiry) {}
}
