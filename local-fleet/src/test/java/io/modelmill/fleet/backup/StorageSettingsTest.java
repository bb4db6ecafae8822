package io.modelmill.fleet.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.modelmill.fleet.installation.FleetException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StorageSettingsTest {
    private static final String SOUND = """
            registry.jdbc.url=jdbc:postgresql://db/registry
            registry.username=r
            training.jdbc.url=jdbc:postgresql://db/training
            training.username=t
            gateway.jdbc.url=jdbc:postgresql://db/gateway
            gateway.username=g
            artifacts.directory=/data
            """;
    private static final Map<String, String> PASSWORDS = Map.of(
            "MODELMILL_REGISTRY_PASSWORD", "one",
            "MODELMILL_TRAINING_PASSWORD", "two",
            "MODELMILL_GATEWAY_PASSWORD", "three");

    @TempDir
    Path folder;

    @Test
    void readsAddressesAndTakesPasswordsFromFilesOrTheEnvironment() throws IOException {
        Path secret = Files.writeString(folder.resolve("secret"), "from a file\n");
        FleetStorage storage = StorageSettings.read(
                settings(SOUND + "gateway.password-file=" + secret + "\npepper-file=/keys/pepper\n"), PASSWORDS);

        assertThat(storage.registry())
                .isEqualTo(new DatabaseAddress("registry", "jdbc:postgresql://db/registry", "r", "one"));
        assertThat(storage.training().password()).isEqualTo("two");
        assertThat(storage.gateway().password()).isEqualTo("from a file");
        assertThat(storage.artifacts()).isEqualTo(Path.of("/data"));
        assertThat(storage.pepper()).contains(Path.of("/keys/pepper"));
        assertThat(storage.toString()).doesNotContain("one", "two", "from a file");
    }

    @Test
    void refusesWhatIsMissingUnknownOrWrong() throws IOException {
        assertRefused("artifacts.directory=/data\n", "training.jdbc.url: missing (expected: jdbc:postgresql://");
        assertRefused(SOUND + "registry.url=x\n", "registry.url: unknown (expected: one of artifacts.directory");
        assertRefused(
                SOUND.replace("jdbc:postgresql://db/gateway", "jdbc:mysql://db/gateway"),
                "gateway.jdbc.url: jdbc:mysql://db/gateway (expected: jdbc:postgresql://HOST:PORT/DATABASE)");
        assertRefused(SOUND + "registry.password-file=/nowhere/at/all\n", "/nowhere/at/all cannot be read");
        assertThatThrownBy(() -> StorageSettings.read(settings(SOUND), Map.of()))
                .isInstanceOf(FleetException.class)
                .hasMessageContaining("training.password-file: missing (expected: it, or MODELMILL_TRAINING_PASSWORD");
        assertThatThrownBy(() -> StorageSettings.read(folder.resolve("none"), PASSWORDS))
                .isInstanceOf(FleetException.class)
                .hasMessageContaining("--settings: " + folder.resolve("none") + " cannot be read");
    }

    @Test
    void keepsAPasswordThatIsInAUrlOutOfTheMessage() {
        assertThatThrownBy(() -> StorageSettings.read(
                        settings(SOUND.replace("db/gateway", "db/gateway?password=hunter2")), PASSWORDS))
                .isInstanceOf(FleetException.class)
                .hasMessageContaining("gateway.jdbc.url: has a password (expected: none")
                .hasMessageNotContaining("hunter2");
    }

    private void assertRefused(String text, String message) {
        assertThatThrownBy(() -> StorageSettings.read(settings(text), PASSWORDS))
                .isInstanceOf(FleetException.class)
                .hasMessageContaining(message);
    }

    private Path settings(String text) throws IOException {
        return Files.writeString(folder.resolve("storage.properties"), text);
    }
}
