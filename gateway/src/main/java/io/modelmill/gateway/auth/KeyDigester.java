package io.modelmill.gateway.auth;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Makes digests of credentials under the pepper. A fast function is enough: the secrets have 256 random bits, so that
 * nobody can try them all.
 */
final class KeyDigester {
    private static final String ALGORITHM = "HmacSHA256";
    private static final int SHORTEST_PEPPER = 32;

    private final SecretKeySpec pepper;

    /** @param pepper at least 32 bytes */
    KeyDigester(byte[] pepper) {
        if (pepper.length < SHORTEST_PEPPER) {
            throw new IllegalArgumentException(
                    "pepper: " + pepper.length + " bytes (expected: at least " + SHORTEST_PEPPER + ")");
        }
        this.pepper = new SecretKeySpec(pepper, ALGORITHM);
    }

    /** Reads the pepper; the bytes are taken as they are. */
    static KeyDigester fromFile(Path pepperFile) {
        try {
            return new KeyDigester(Files.readAllBytes(pepperFile));
        } catch (IOException e) {
            throw new UncheckedIOException("modelmill.auth.pepper-file: \"" + pepperFile + "\" cannot be read", e);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("modelmill.auth.pepper-file: " + e.getMessage(), e);
        }
    }

    KeyDigest digest(Credential credential) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(pepper);
            return new KeyDigest(mac.doFinal(credential.bytes()));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has " + ALGORITHM, e);
        }
    }
}
