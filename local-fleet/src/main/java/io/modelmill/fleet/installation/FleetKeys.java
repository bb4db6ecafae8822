package io.modelmill.fleet.installation;

import io.modelmill.servicekit.security.TokenKeys;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.jose4j.jwk.PublicJsonWebKey;

/**
 * The fleet's secrets, made at its first start and kept for all later ones, each in a file that its owner alone may read.
 *
 * @param folder where they are
 */
public record FleetKeys(Path folder) {
    /** What goes before the administrator's secret in a credential. */
    private static final String ADMIN_PREFIX = "mm_admin.";

    private static final List<String> ISSUERS =
            List.of("gateway", "registry-service", "training-service", "inference-service");
    private static final int SECRET_BYTES = 32;
    private static final SecureRandom RANDOM = new SecureRandom();

    /** Makes what is missing. The trusted set is written last, so that a start that broke off is made good by the next. */
    public void create() {
        try {
            PrivateFiles.createDirectories(folder);
            if (Files.notExists(trusted())) {
                List<PublicJsonWebKey> keys = TokenKeys.generate(ISSUERS);
                for (PublicJsonWebKey key : keys) {
                    PrivateFiles.write(signing(key.getKeyId()), TokenKeys.privateJson(key));
                }
                PrivateFiles.write(trusted(), TokenKeys.publicJson(keys));
            }
            for (Path secret : List.of(pepper(), admin())) {
                if (Files.notExists(secret)) {
                    PrivateFiles.write(secret, secret());
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Public keys of all services that sign tokens. */
    public Path trusted() {
        return folder.resolve("trusted.json");
    }

    /** Private key of one service. */
    public Path signing(String service) {
        return folder.resolve(service + ".json");
    }

    /** What the gateway mixes into the digests of API keys. */
    public Path pepper() {
        return folder.resolve("pepper");
    }

    /** The platform administrator's secret. */
    public Path admin() {
        return folder.resolve("admin");
    }

    /** The platform administrator's credential. */
    public String adminCredential() {
        return ADMIN_PREFIX + read(admin()).orElseThrow(() -> new FleetException(admin() + ": missing"));
    }

    /** The API key of a tenant that a command of ours made, if it was kept. */
    public Optional<String> tenantCredential(String tenant) {
        return read(tenant(tenant));
    }

    /** Keeps the API key of a tenant for later commands. */
    public void keepTenantCredential(String tenant, String credential) {
        try {
            PrivateFiles.write(tenant(tenant), credential);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Where the API key of a tenant is kept. */
    public Path tenant(String tenant) {
        return folder.resolve("tenant-" + tenant);
    }

    private static Optional<String> read(Path file) {
        try {
            return Files.exists(file) ? Optional.of(Files.readString(file).strip()) : Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String secret() {
        byte[] bytes = new byte[SECRET_BYTES];
        RANDOM.nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
