package io.modelmill.gateway.auth;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An API key as its owner holds it, {@code mm_{keyId}.{secret}}. Its {@code toString} hides the secret.
 *
 * @param secret base64url without padding; 256 random bits
 */
record Credential(String keyId, String secret) {
    private static final Pattern FORM = Pattern.compile("mm_([a-z][a-z0-9-]{0,62})\\.([A-Za-z0-9_-]{1,256})");
    private static final String BASE32 = "abcdefghijklmnopqrstuvwxyz234567";
    private static final int ID_LENGTH = 16;
    private static final int SECRET_BYTES = 32;

    /** A new key: an id that no other has, and a secret that cannot be guessed. */
    static Credential random(SecureRandom random) {
        // The first letter keeps generated ids apart from the administrator's.
        StringBuilder id = new StringBuilder("k");
        while (id.length() < ID_LENGTH) {
            id.append(BASE32.charAt(random.nextInt(BASE32.length())));
        }
        byte[] secret = new byte[SECRET_BYTES];
        random.nextBytes(secret);
        return new Credential(
                id.toString(), Base64.getUrlEncoder().withoutPadding().encodeToString(secret));
    }

    /** Reads what a caller sent, or empty if it has not the form of a key. */
    static Optional<Credential> parse(String text) {
        Matcher matcher = FORM.matcher(text);
        return matcher.matches() ? Optional.of(new Credential(matcher.group(1), matcher.group(2))) : Optional.empty();
    }

    /** What the owner keeps and sends. */
    String text() {
        return "mm_" + keyId + "." + secret;
    }

    byte[] bytes() {
        return text().getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public String toString() {
        return "mm_" + keyId + ".***";
    }
}
