package io.modelmill.fleet.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.modelmill.fleet.installation.FleetException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BackupTargetTest {
    @TempDir
    Path folder;

    @Test
    void refusesAFolderOfOtherThings() throws IOException {
        Files.writeString(folder.resolve("letters"), "");

        assertThatThrownBy(() -> new BackupTarget(folder).prepare())
                .isInstanceOf(FleetException.class)
                .hasMessageContaining(
                        folder + ": holds letters (expected: an empty folder, or one with the folder backups");
    }

    @Test
    void refusesASecondBackupAtTheSameTime() throws IOException {
        BackupTarget target = new BackupTarget(folder);
        target.prepare();
        try (FileChannel _ = target.lock()) {
            assertThatThrownBy(target::lock)
                    .isInstanceOf(FleetException.class)
                    .hasMessageContaining("another backup into this folder runs");
        }
        target.lock().close();
    }

    @Test
    void findsTheNewestAndNoneThatIsIncomplete() throws IOException {
        BackupTarget target = new BackupTarget(folder);
        target.prepare();
        for (String name : new String[] {"20260102T000000.000Z", "20260101T000000.000Z"}) {
            Files.createDirectory(target.complete(name));
        }
        Files.createDirectories(target.incomplete("20260103T000000.000Z").resolve("registry"));

        Path rest = Files.createFile(target.artifacts().resolve(".incoming-1"));

        assertThat(target.find(Optional.empty())).isEqualTo("20260102T000000.000Z");

        target.removeIncomplete();
        assertThat(target.incomplete("20260103T000000.000Z")).doesNotExist();
        assertThat(rest).doesNotExist();
    }
}
