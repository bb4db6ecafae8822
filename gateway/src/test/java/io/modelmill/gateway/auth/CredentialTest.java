package io.modelmill.gateway.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class CredentialTest {
    private static final KeyDigester DIGESTER =
            new KeyDigester("0123456789abcdef0123456789abcdef".getBytes(StandardCharsets.UTF_8));

    @Test
    void newKeysAreReadBack() {
        Credential credential = Credential.random(new SecureRandom());

        assertThat(Credential.parse(credential.text())).hasValue(credential);
        assertThat(credential.keyId()).matches("k[a-z2-7]{15}");
        assertThat(credential.secret()).hasSize(43);
    }

    @Test
    void otherTextsAreNoKeys() {
        for (String text :
                new String[] {"", "mm_", "mm_.x", "mm_k.", "mm_K.x", "k.x", "mm_k.x y", "mm_k.x\n", "mm_k.a.b"}) {
            assertThat(Credential.parse(text)).as(text).isEmpty();
        }
    }

    @Test
    void isPrintedWithoutItsSecret() {
        assertThat(new Credential("k1", "hidden").toString()).isEqualTo("mm_k1.***");
    }

    /** Computed with {@code printf %s mm_k1.secret | openssl dgst -sha256 -hmac 0123456789abcdef0123456789abcdef}. */
    @Test
    void digestIsPinned() {
        assertThat(HexFormat.of()
                        .formatHex(
                                DIGESTER.digest(new Credential("k1", "secret")).bytes()))
                .isEqualTo("fbe0401be0c09f36c395c9632d97ffd4e4187a688eeae2d94a049561ad091d7f");
    }

    @Test
    void digestBindsIdAndSecret() {
        KeyDigest digest = DIGESTER.digest(new Credential("k1", "secret"));

        assertThat(DIGESTER.digest(new Credential("k1", "secret")))
                .isEqualTo(digest)
                .hasSameHashCodeAs(digest);
        assertThat(DIGESTER.digest(new Credential("k2", "secret"))).isNotEqualTo(digest);
        assertThat(DIGESTER.digest(new Credential("k1", "secreu"))).isNotEqualTo(digest);
        assertThat(digest.toString()).isEqualTo("KeyDigest");
    }

    @Test
    void refusesAShortPepper() {
        assertThatThrownBy(() -> new KeyDigester(new byte[31]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("pepper: 31 bytes (expected: at least 32)");
    }
}
