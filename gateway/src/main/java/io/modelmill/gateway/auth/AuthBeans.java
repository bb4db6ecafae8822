package io.modelmill.gateway.auth;

import io.agroal.api.AgroalDataSource;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import org.jdbi.v3.core.Jdbi;

/** Makes what the configuration describes. */
@ApplicationScoped
class AuthBeans {
    private static final int SHORTEST_ADMIN_SECRET = 32;

    @Produces
    @Singleton
    Jdbi jdbi(AgroalDataSource dataSource) {
        return Jdbi.create(dataSource);
    }

    @Produces
    @Singleton
    KeyDigester digester(AuthConfig config) {
        return KeyDigester.fromFile(config.pepperFile());
    }

    @Produces
    @Singleton
    ApiKeyVerifier verifier(AuthConfig config, ApiKeyStore store, KeyDigester digester) {
        return new ApiKeyVerifier(
                store,
                digester,
                config.adminKeyFile().map(AuthBeans::readAdminSecret),
                config.keyCacheLifetime(),
                InstantSource.system());
    }

    private static String readAdminSecret(Path file) {
        String secret;
        try {
            secret = Files.readString(file).strip();
        } catch (IOException e) {
            throw new UncheckedIOException("modelmill.auth.admin-key-file: \"" + file + "\" cannot be read", e);
        }
        if (secret.length() < SHORTEST_ADMIN_SECRET
                || Credential.parse("mm_admin." + secret).isEmpty()) {
            throw new IllegalStateException("modelmill.auth.admin-key-file: " + secret.length()
                    + " characters (expected: " + SHORTEST_ADMIN_SECRET + " to 256 letters, digits, - and _)");
        }
        return secret;
    }
}
