package io.modelmill.helm.keys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.modelmill.servicekit.security.Caller;
import io.modelmill.servicekit.security.CallerTokenSigner;
import io.modelmill.servicekit.security.CallerTokenVerifier;
import io.modelmill.servicekit.security.TokenKeys;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenKeysMainTest {
    @TempDir
    Path directory;

    @Test
    void everyServiceVerifiesWhatEveryOtherSigns() throws Exception {
        TokenKeysMain.write(directory);
        var trusted = TokenKeys.readPublic(directory.resolve("trusted.json"));
        assertThat(trusted.getJsonWebKeys()).hasSize(TokenKeysMain.ISSUERS.size());
        for (String issuer : TokenKeysMain.ISSUERS) {
            String token = new CallerTokenSigner(TokenKeys.readPrivate(directory.resolve(issuer + ".json")))
                    .sign(Caller.service(issuer), List.of("registry-service"), Duration.ofMinutes(1));
            assertThat(new CallerTokenVerifier(trusted, "registry-service")
                            .verify(token)
                            .subject())
                    .contains(issuer);
        }
    }

    @Test
    void trustedKeysHoldNoPrivateHalf() throws Exception {
        TokenKeysMain.write(directory);
        assertThat(Files.readString(directory.resolve("trusted.json"))).doesNotContain("\"d\"");
    }

    @Test
    void onlyTheOwnerReadsTheKeys() throws Exception {
        TokenKeysMain.write(directory);
        try (var files = Files.list(directory)) {
            assertThat(files.toList())
                    .hasSize(5)
                    .allSatisfy(file -> assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                            .isEqualTo("rw-------"));
        }
    }

    @Test
    void overwritesNoKey() throws Exception {
        TokenKeysMain.write(directory);
        String before = Files.readString(directory.resolve("gateway.json"));
        assertThatThrownBy(() -> TokenKeysMain.write(directory)).isInstanceOf(FileAlreadyExistsException.class);
        assertThat(Files.readString(directory.resolve("gateway.json"))).isEqualTo(before);
    }
}
