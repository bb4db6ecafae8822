package io.modelmill.servicekit.security;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;

/** Makes signer and verifier of callers' tokens from the configuration. */
@ApplicationScoped
class TokenBeans {
    @Produces
    @Singleton
    CallerTokenVerifier verifier(SecurityConfig config) {
        return new CallerTokenVerifier(TokenKeys.readPublic(config.trustedKeysFile()), config.audience());
    }

    @Produces
    @Singleton
    CallerTokenSigner signer(SecurityConfig config) {
        return new CallerTokenSigner(TokenKeys.readPrivate(config.signingKeyFile()
                .orElseThrow(() -> new IllegalStateException(
                        "modelmill.security.signing-key-file: not set (expected: a private JSON Web Key)"))));
    }
}
