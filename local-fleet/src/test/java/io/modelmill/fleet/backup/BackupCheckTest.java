package io.modelmill.fleet.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.modelmill.fleet.backup.BackupCheck.Checked;
import io.modelmill.fleet.installation.FleetException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BackupCheckTest {
    private static final String TABLE = "registry/public.thing.copy.gz";

    @TempDir
    Path folder;

    private MadeBackup backup;

    @BeforeEach
    void make() throws IOException {
        backup = MadeBackup.in(folder.resolve("backups of a fleet"));
    }

    @Test
    void takesASoundBackupWithAllThatItSaysOfItself() {
        Checked checked = BackupCheck.read(backup.target(), Optional.empty());

        assertThat(checked.artifacts()).isEqualTo(backup.artifacts());
        assertThat(checked.manifest().database("registry").level()).isEqualTo("0100");
        assertThat(checked.manifest()
                        .database("gateway")
                        .migrations()
                        .getFirst()
                        .checksum())
                .isEqualTo(-7);
        assertThat(checked.manifest()
                        .database("training")
                        .sequences()
                        .getFirst()
                        .value())
                .isEqualTo(2);
        assertThat(BackupCheck.check(backup.target(), Optional.of(MadeBackup.NAME)))
                .isEqualTo(MadeBackup.NAME + ": complete; release 1.2.3, 6 rows, 2 artifacts with 21 bytes");
    }

    @Test
    void refusesAChangedByteOfATable() throws IOException {
        Path file = backup.file(TABLE);
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        Files.write(file, bytes);

        assertRefused(file.toString(), ": its SHA-256 is ", "(expected: ");
    }

    @Test
    void refusesATruncatedTable() throws IOException {
        Path file = backup.file(TABLE);
        byte[] bytes = Files.readAllBytes(file);
        Files.write(file, java.util.Arrays.copyOf(bytes, bytes.length - 1));

        assertRefused(file + ": " + (bytes.length - 1) + " bytes (expected: " + bytes.length + ")");
    }

    @Test
    void refusesAMissingTable() throws IOException {
        Files.delete(backup.file(TABLE));

        assertRefused(backup.file(TABLE) + ": missing (expected: ");
    }

    @Test
    void refusesOtherRowsThanTheManifestCounts() throws IOException {
        backup.rewrite("\"rows\": 2", "\"rows\": 3");

        assertRefused(backup.file(TABLE) + ": 2 rows (expected: 3)");
    }

    @Test
    void refusesWhatTheManifestDoesNotName() throws IOException {
        Path stranger = backup.file("registry/stranger.txt");
        Files.writeString(stranger, "?");

        assertRefused(stranger + ": no file of this backup (expected: only what its manifest names)");
    }

    @Test
    void refusesADamagedArtifact() throws IOException {
        Files.writeString(backup.artifact(0), "first fire");

        assertRefused(
                backup.artifacts().getFirst().name() + ": the bytes of its file " + backup.artifact(0)
                        + " have the SHA-256 " + MadeBackup.sha256("first fire"),
                "(expected: " + backup.artifacts().getFirst().sha256() + ")");
    }

    @Test
    void refusesATruncatedArtifactAndAMissingOneTogether() throws IOException {
        Files.writeString(backup.artifact(0), "first");
        Files.delete(backup.artifact(1));

        assertRefused(
                "has 5 bytes (expected: 10)",
                backup.artifacts().getLast().name() + ": its file " + backup.artifact(1) + " is missing");
    }

    @Test
    void refusesAChangedManifest() throws IOException {
        Path manifest = backup.file("manifest.json");
        Files.writeString(manifest, Files.readString(manifest).replace("1.2.3", "1.2.4"));

        assertRefused(manifest + ": its SHA-256 is ", "as " + backup.file("manifest.sha256") + " says");
    }

    @Test
    void refusesABackupWithoutAManifest() throws IOException {
        Files.delete(backup.file("manifest.json"));

        assertRefused(backup.file("manifest.json") + ": missing (expected: the manifest of a complete backup)");
    }

    @Test
    void refusesAManifestThatIsCutOff() throws IOException {
        String json = Files.readString(backup.file("manifest.json"));
        backup.rewrite(json, json.substring(0, json.length() / 2));

        assertRefused(backup.file("manifest.json") + ": no JSON (");
    }

    @Test
    void refusesANewerFormatAndNamesTheReleaseThatMadeIt() throws IOException {
        backup.rewrite("\"format\": 1", "\"format\": 2");

        assertRefused("the backup's format is 2 (expected: 1); restore it with the release that made it: 1.2.3");
    }

    @Test
    void refusesFieldsThatAreMissingOrHaveAnotherForm() throws IOException {
        String manifest = backup.file("manifest.json") + ": ";
        backup.rewrite("\"artifact_count\": 2", "\"artifact_count\": -1");
        assertRefused(manifest + "artifact_count: -1 (expected: 0 to 9223372036854775807)");
        backup.rewrite("\"artifact_count\": -1", "\"count\": 2");
        assertRefused(manifest + "artifact_count: missing (expected: 0 to 9223372036854775807)");
        backup.rewrite("\"count\": 2", "\"artifact_count\": 2");
        backup.rewrite("\"path\": \"pepper\"", "\"path\": \"../../pepper\"");
        assertRefused(manifest + "pepper.path: \"../../pepper\" (expected: a path inside of the backup)");
        backup.rewrite("\"path\": \"../../pepper\"", "\"path\": \"pepper\"");
        backup.rewrite("\"called\": true", "\"called\": \"yes\"");
        assertRefused(manifest + "databases[0].sequences[0].called: \"yes\" (expected: true or false)");
        backup.rewrite("\"called\": \"yes\"", "\"called\": true");
        backup.rewrite("\"columns\": [", "\"columns\": [ 1,");
        assertRefused(manifest + "databases[0].tables[0].columns[0]: 1 (expected: text)");
        backup.rewrite("\"columns\": [ 1,", "\"columns\": [");
        backup.rewrite("\"name\": \"gateway\"", "\"name\": \"registry\"");
        assertRefused("the manifest's databases: [training, registry, registry]"
                + " (expected: each of training, registry and gateway)");
    }

    @Test
    void refusesALineThatLeadsOutOfTheFolderOfArtifacts() throws IOException {
        Path list = backup.file("artifacts.txt");
        long size = Files.size(list);
        String digest = HashedFiles.read(list).sha256();
        Files.writeString(list, "../" + MadeBackup.sha256("x") + " 1\n");
        backup.rewrite(digest, HashedFiles.read(list).sha256());
        backup.rewrite("\"size_bytes\": " + size, "\"size_bytes\": " + Files.size(list));

        assertRefused(list + ":1: \"../", "(expected: TENANT/SHA256 BYTES, in lower case)");
    }

    @Test
    void refusesWhatIsNoFolderOfBackups() throws IOException {
        assertThatThrownBy(() -> BackupCheck.check(folder, Optional.empty()))
                .isInstanceOf(FleetException.class)
                .hasMessageContaining(folder + ": no folder backups");
        assertThatThrownBy(() -> BackupCheck.check(backup.target(), Optional.of("yesterday")))
                .isInstanceOf(FleetException.class)
                .hasMessageContaining("--at: yesterday (expected: one of " + MadeBackup.NAME);
        Path empty = folder.resolve("empty");
        Files.createDirectories(empty.resolve("backups/.incomplete-1"));
        assertThatThrownBy(() -> BackupCheck.check(empty, Optional.empty()))
                .isInstanceOf(FleetException.class)
                .hasMessageContaining("no complete backup (expected: one or more in backups)");
    }

    private void assertRefused(String... parts) {
        assertThatThrownBy(() -> BackupCheck.read(backup.target(), Optional.empty()))
                .isInstanceOf(FleetException.class)
                .hasMessageContainingAll(parts);
    }
}
