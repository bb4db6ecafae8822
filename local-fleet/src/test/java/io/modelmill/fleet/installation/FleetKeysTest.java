package io.modelmill.fleet.installation;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelmill.servicekit.security.Caller;
import io.modelmill.servicekit.security.CallerTokenSigner;
import io.modelmill.servicekit.security.CallerTokenVerifier;
import io.modelmill.servicekit.security.TokenKeys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FleetKeysTest {
    @TempDir
    Path directory;

    private FleetKeys keys;

    @BeforeEach
    void create() {
        keys = new FleetKeys(directory.resolve("keys"));
        keys.create();
    }

    @Test
    void letsNobodyElseReadASecret() throws IOException {
        keys.keepTenantCredential("acme", "mm_a.b");

        try (Stream<Path> files = Files.walk(keys.folder())) {
            for (Path file : files.toList()) {
                assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                        .as("%s", file)
                        .endsWith("------");
            }
        }
        assertThat(keys.tenantCredential("acme")).contains("mm_a.b");
        assertThat(keys.tenantCredential("other")).isEmpty();
    }

    @Test
    void keepsWhatWasMade() throws IOException {
        String trusted = Files.readString(keys.trusted());
        String admin = keys.adminCredential();

        keys.create();

        assertThat(Files.readString(keys.trusted())).isEqualTo(trusted);
        assertThat(keys.adminCredential()).isEqualTo(admin).matches("mm_admin\\.[A-Za-z0-9_-]{43}");
        assertThat(Files.size(keys.pepper())).isGreaterThanOrEqualTo(32);
    }

    @ParameterizedTest
    @ValueSource(strings = {"gateway", "registry-service", "training-service", "inference-service"})
    void makesAKeyThatTheOthersTrustForEachServiceThatSigns(String service) {
        CallerTokenSigner signer = new CallerTokenSigner(TokenKeys.readPrivate(keys.signing(service)));
        CallerTokenVerifier verifier =
                new CallerTokenVerifier(TokenKeys.readPublic(keys.trusted()), "registry-service");

        String token = signer.sign(Caller.service(service), List.of("registry-service"), Duration.ofMinutes(1));

        assertThat(verifier.verify(token)).isEqualTo(Caller.service(service));
    }

    @Test
    void makesGoodAStartThatBrokeOff() throws IOException {
        Files.delete(keys.trusted());
        Files.delete(keys.admin());

        keys.create();

        makesAKeyThatTheOthersTrustForEachServiceThatSigns("gateway");
        assertThat(keys.adminCredential()).startsWith("mm_admin.");
    }
}
