package io.modelmill.servicekit.security;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jose4j.jwk.PublicJsonWebKey;
import org.jose4j.jws.AlgorithmIdentifiers;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.jwt.JwtClaims;
import org.jose4j.jwt.NumericDate;
import org.jose4j.lang.JoseException;

/** Makes the short-lived tokens (JWT, EdDSA) that say on whose behalf a call is made. */
public final class CallerTokenSigner {
    private final PublicJsonWebKey key;

    /** @param key private, its {@code kid} is the issuer */
    public CallerTokenSigner(PublicJsonWebKey key) {
        this.key = key;
    }

    /**
     * Signs a token.
     *
     * @param audience services that shall accept it, such as {@code registry-service}
     * @param expiry when it ends
     */
    public String sign(Caller caller, List<String> audience, Instant expiry) {
        JwtClaims claims = new JwtClaims();
        claims.setIssuer(key.getKeyId());
        claims.setSubject(caller.subject());
        claims.setAudience(new ArrayList<>(audience));
        claims.setIssuedAtToNow();
        claims.setExpirationTime(NumericDate.fromMilliseconds(expiry.toEpochMilli()));
        caller.tenant().ifPresent(tenant -> claims.setStringClaim(CallerTokenVerifier.TENANT, tenant));
        claims.setStringListClaim(
                CallerTokenVerifier.ROLES,
                caller.roles().stream().map(Role::name).sorted().toList());
        JsonWebSignature signature = new JsonWebSignature();
        signature.setPayload(claims.toJson());
        signature.setKey(key.getPrivateKey());
        signature.setKeyIdHeaderValue(key.getKeyId());
        signature.setAlgorithmHeaderValue(AlgorithmIdentifiers.EDDSA);
        try {
            return signature.getCompactSerialization();
        } catch (JoseException e) {
            throw new IllegalStateException("token could not be signed", e);
        }
    }

    /** Signs a token that ends after the duration. */
    public String sign(Caller caller, List<String> audience, Duration lifetime) {
        return sign(caller, audience, Instant.now().plus(lifetime));
    }
}
