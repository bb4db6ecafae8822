package io.modelmill.gateway.auth;

import java.security.MessageDigest;
import java.util.Arrays;

/** HMAC-SHA-256 of a credential. Comparing two takes the same time wherever they differ. */
final class KeyDigest {
    private final byte[] bytes;

    /** @param bytes not copied, must not change */
    KeyDigest(byte[] bytes) {
        this.bytes = bytes;
    }

    /** Not a copy, must not be changed. */
    byte[] bytes() {
        return bytes;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof KeyDigest digest && MessageDigest.isEqual(bytes, digest.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
        return "KeyDigest";
    }
}
