package io.modelmill.helm.keys;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/**
 * Writes {@code trusted.json} (a JSON Web Key Set with the public keys) and one private Ed25519 key for each service
 * that signs tokens (RFC 8037), readable by their owner alone. Needs nothing but a JDK 25:
 * {@code java helm/src/main/java/io/modelmill/helm/keys/TokenKeysMain.java DIRECTORY}.
 */
public final class TokenKeysMain {
    static final List<String> ISSUERS = List.of("gateway", "registry-service", "training-service", "inference-service");

    /** An Ed25519 key's raw bytes are the last of its DER form, public (X.509) and private (PKCS #8) alike. */
    private static final int KEY_BYTES = 32;

    private TokenKeysMain() {}

    /** @param arguments the directory, which is made if it does not exist */
    public static void main(String[] arguments) throws IOException, NoSuchAlgorithmException {
        if (arguments.length != 1) {
            System.err.println("usage: TokenKeysMain DIRECTORY");
            System.exit(2);
        }
        try {
            write(Path.of(arguments[0]));
        } catch (FileAlreadyExistsException e) {
            System.err.println(e.getFile() + ": exists (expected: a directory without token keys)");
            System.exit(1);
        }
    }

    /** @throws FileAlreadyExistsException if a key is there already; nothing is overwritten */
    static void write(Path directory) throws IOException, NoSuchAlgorithmException {
        Files.createDirectories(directory);
        KeyPairGenerator generator = KeyPairGenerator.getInstance("Ed25519");
        List<String> trusted = new ArrayList<>();
        for (String issuer : ISSUERS) {
            KeyPair pair = generator.generateKeyPair();
            String fields = "\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"%s\",\"x\":\"%s\""
                    .formatted(issuer, raw(pair.getPublic().getEncoded()));
            trusted.add("{" + fields + "}");
            writeSecret(
                    directory.resolve(issuer + ".json"),
                    "{%s,\"d\":\"%s\"}".formatted(fields, raw(pair.getPrivate().getEncoded())));
        }
        writeSecret(directory.resolve("trusted.json"), "{\"keys\":[" + String.join(",", trusted) + "]}");
    }

    private static String raw(byte[] encoded) {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(Arrays.copyOfRange(encoded, encoded.length - KEY_BYTES, encoded.length));
    }

    private static void writeSecret(Path file, String text) throws IOException {
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(file, text, StandardOpenOption.WRITE);
    }
}
