package io.modelmill.servicekit.security;

import io.quarkus.arc.DefaultBean;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;

/** Makes signer and verifier of callers' tokens from the configuration. */
@ApplicationScoped
class TokenBeans {
    @Produces
    @Singleton
    @DefaultBean
    CallerTokenVerifier verifier(SecurityConfig config) {
        return CallerTokenVerifier.of(config);
    }

    @Produces
    @Singleton
    CallerTokenSigner signer(SecurityConfig config) {
        return new CallerTokenSigner(TokenKeys.readPrivate(config.signingKeyFile()
                .orElseThrow(() -> new IllegalStateException(
                        "modelmill.security.signing-key-file: not set (expected: a private JSON Web Key)"))));
    }

    /** A service that cannot verify tokens ends here: without its verifier Quarkus would start all but the gRPC server. */
    void requireVerifier(@Observes StartupEvent event, CallerTokenVerifier verifier) {}
}
