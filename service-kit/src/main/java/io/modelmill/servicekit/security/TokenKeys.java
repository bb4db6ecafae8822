package io.modelmill.servicekit.security;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jose4j.jwk.JsonWebKey;
import org.jose4j.jwk.JsonWebKeySet;
import org.jose4j.jwk.OctetKeyPairJsonWebKey;
import org.jose4j.jwk.OkpJwkGenerator;
import org.jose4j.jwk.PublicJsonWebKey;
import org.jose4j.lang.JoseException;

/** Ed25519 keys of callers' tokens as JSON Web Keys (RFC 8037). A key's {@code kid} is the service that signs with it. */
public final class TokenKeys {
    private TokenKeys() {}

    /**
     * Makes one key for each issuer.
     *
     * @return the private keys, to be kept apart, each by its issuer alone
     */
    public static List<PublicJsonWebKey> generate(List<String> issuers) {
        return issuers.stream().map(TokenKeys::generate).toList();
    }

    private static PublicJsonWebKey generate(String issuer) {
        try {
            PublicJsonWebKey key = OkpJwkGenerator.generateJwk(OctetKeyPairJsonWebKey.SUBTYPE_ED25519);
            key.setKeyId(issuer);
            return key;
        } catch (JoseException e) {
            throw new IllegalStateException("this JDK makes no Ed25519 keys", e);
        }
    }

    /** A private key as the text of a key file. */
    public static String privateJson(PublicJsonWebKey key) {
        return key.toJson(JsonWebKey.OutputControlLevel.INCLUDE_PRIVATE);
    }

    /** The public halves as the text of a key-set file. */
    public static String publicJson(List<PublicJsonWebKey> keys) {
        return new JsonWebKeySet(keys).toJson(JsonWebKey.OutputControlLevel.PUBLIC_ONLY);
    }

    /** Reads a file that {@link #privateJson} made. */
    public static PublicJsonWebKey readPrivate(Path file) {
        try {
            PublicJsonWebKey key = PublicJsonWebKey.Factory.newPublicJwk(Files.readString(file));
            if (key.getPrivateKey() == null || key.getKeyId() == null) {
                throw new IllegalStateException(
                        file + ": no private key with a kid (expected: a private JSON Web Key)");
            }
            return key;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (JoseException e) {
            throw new IllegalStateException(file + ": not a private JSON Web Key", e);
        }
    }

    /** Reads a file that {@link #publicJson} made. */
    public static JsonWebKeySet readPublic(Path file) {
        try {
            return new JsonWebKeySet(Files.readString(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (JoseException e) {
            throw new IllegalStateException(file + ": not a JSON Web Key Set", e);
        }
    }
}
