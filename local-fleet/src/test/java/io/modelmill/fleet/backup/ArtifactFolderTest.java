package io.modelmill.fleet.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.modelmill.fleet.backup.ArtifactFolder.Copied;
import io.modelmill.fleet.backup.DatabaseSnapshot.NamedArtifact;
import io.modelmill.fleet.installation.FleetException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ArtifactFolderTest {
    private static final NamedArtifact ONE = new NamedArtifact("acme", MadeBackup.sha256("one"), 3);
    private static final NamedArtifact TWO = new NamedArtifact("other", MadeBackup.sha256("two"), 3);

    @TempDir
    Path folder;

    @Test
    void copiesOnlyWhatIsNotThereWithTheRightBytes() throws IOException {
        ArtifactFolder store = store();
        ArtifactFolder target = new ArtifactFolder(folder.resolve("target"));
        assertThat(copy(store, target)).isEqualTo(new Copied(2, 6, 0));
        assertThat(Files.readString(target.path(ONE))).isEqualTo("one");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(target.path(ONE))))
                .isEqualTo("rw-------");
        FileTime old = FileTime.fromMillis(1_000);
        Files.setLastModifiedTime(target.path(ONE), old);
        Files.writeString(target.path(TWO), "twe");

        assertThat(copy(store, target)).isEqualTo(new Copied(1, 3, 1));

        assertThat(Files.getLastModifiedTime(target.path(ONE))).isEqualTo(old);
        assertThat(Files.readString(target.path(TWO))).isEqualTo("two");
    }

    @Test
    void namesWhatIsMissingAndWhatHasOtherBytes() throws IOException {
        ArtifactFolder store = store();
        Files.delete(store.path(ONE));
        Files.writeString(store.path(TWO), "to");
        ArtifactFolder target = new ArtifactFolder(folder.resolve("target"));
        Damage damage = new Damage();

        assertThat(store.copyTo(target, List.of(ONE, TWO), damage)).isEqualTo(new Copied(0, 0, 0));

        assertThatThrownBy(() -> damage.throwIfAny("no backup"))
                .isInstanceOf(FleetException.class)
                .hasMessageContainingAll(
                        "no backup:",
                        ONE.name() + ": its file " + store.path(ONE) + " is missing, though the registry names it",
                        TWO.name() + ": its file " + store.path(TWO) + " has 2 bytes (expected: 3)");
        assertThat(Files.exists(target.path(TWO))).isFalse();
    }

    private ArtifactFolder store() throws IOException {
        ArtifactFolder store = new ArtifactFolder(folder.resolve("store"));
        for (NamedArtifact artifact : List.of(ONE, TWO)) {
            Files.createDirectories(store.path(artifact).getParent());
        }
        Files.writeString(store.path(ONE), "one");
        Files.writeString(store.path(TWO), "two");
        return store;
    }

    private static Copied copy(ArtifactFolder store, ArtifactFolder target) throws IOException {
        Damage damage = new Damage();
        Copied copied = store.copyTo(target, List.of(ONE, TWO), damage);
        damage.throwIfAny("damage");
        return copied;
    }
}
