package io.modelmill.fleet.backup;

import io.modelmill.fleet.backup.ArtifactFolder.Copied;
import io.modelmill.fleet.backup.BackupCheck.Checked;
import io.modelmill.fleet.backup.DatabaseSnapshot.NamedArtifact;
import io.modelmill.fleet.installation.FleetException;
import io.modelmill.fleet.installation.Installation;
import io.modelmill.fleet.installation.PrivateFiles;
import io.modelmill.fleet.installation.Trees;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Makes an empty fleet what a backup says. All that can be looked at is looked at before anything is changed; rows are committed
 * last, when files and tables are there.
 */
public final class Restore {
    private final FleetStorage storage;
    private final Installation installation;
    private final Consumer<String> log;

    /** @param log told in one line what happens */
    public Restore(FleetStorage storage, Installation installation, Consumer<String> log) {
        this.storage = storage;
        this.installation = installation;
        this.log = log;
    }

    /**
     * Restores a backup.
     *
     * @param source folder of backups
     * @param name the newest if empty
     * @throws FleetException if the backup is damaged, cannot be of this release or one before it, or the fleet is not empty: nothing
     *     has changed then. Later failures say what was changed
     */
    public void run(Path source, Optional<String> name) {
        Checked backup = BackupCheck.read(source, name);
        log.accept("backup " + backup.name() + " is sound");
        try {
            requireEmptyFolder();
            requireSamePepper(backup);
            Path scripts = Files.createTempDirectory("modelmill-migrations");
            try {
                run(backup, scripts);
            } finally {
                Trees.delete(scripts);
            }
        } catch (IOException e) {
            throw new FleetException("the restore failed: " + e, e);
        }
    }

    private void run(Checked backup, Path scripts) throws IOException {
        List<DatabaseRestore> databases = new ArrayList<>();
        try {
            for (DatabaseAddress database : storage.inOrder()) {
                List<Path> migrations = PackagedService.of(installation, database.service())
                        .extractMigrations(scripts.resolve(database.name()));
                databases.add(DatabaseRestore.open(database, backup.manifest().database(database.name()), migrations));
            }
            write(backup, databases);
        } finally {
            databases.forEach(DatabaseRestore::close);
        }
    }

    private void requireEmptyFolder() throws IOException {
        Path folder = storage.artifacts();
        if (Files.isDirectory(folder)) {
            try (Stream<Path> entries = Files.list(folder)) {
                // The registry makes folders whose names begin with a dot when it starts.
                List<String> held = new ArrayList<>();
                for (Path entry : entries.sorted().toList()) {
                    if (!entry.getFileName().toString().startsWith(".") || holdsAny(entry)) {
                        held.add(entry.getFileName().toString());
                    }
                }
                if (!held.isEmpty()) {
                    throw new FleetException(folder + ": holds " + String.join(", ", held)
                            + " (expected: an empty folder; if a restore broke off here, empty it and restore again)");
                }
            }
        }
    }

    private static boolean holdsAny(Path entry) throws IOException {
        if (!Files.isDirectory(entry)) {
            return true;
        }
        try (Stream<Path> inside = Files.list(entry)) {
            return inside.findAny().isPresent();
        }
    }

    private void requireSamePepper(Checked backup) throws IOException {
        Optional<Path> place = storage.pepper();
        Optional<Path> pepper = pepper(backup);
        if (place.isEmpty() || Files.notExists(place.get()) || pepper.isEmpty()) {
            return;
        }
        if (!Arrays.equals(Files.readAllBytes(place.get()), Files.readAllBytes(pepper.get()))) {
            throw new FleetException(
                    place.get()
                            + ": another pepper than the backup's, with which no API key of it works (expected: the same, or no file)");
        }
    }

    private void write(Checked backup, List<DatabaseRestore> databases) throws IOException {
        int committed = 0;
        try {
            for (DatabaseRestore database : databases) {
                database.makeTables();
            }
            Damage damage = new Damage();
            Copied copied = backup.store().copyTo(new ArtifactFolder(storage.artifacts()), backup.artifacts(), damage);
            damage.throwIfAny("files of the backup changed while they were copied");
            log.accept("artifacts: " + copied.files() + " files, " + copied.bytes() + " bytes");
            restorePepper(backup);
            for (DatabaseRestore database : databases) {
                database.load(backup.folder(), backup.manifest().createTime());
            }
            for (DatabaseRestore database : databases) {
                database.commit();
                committed++;
            }
            log.accept("databases: all rows are in");
        } catch (IOException | RuntimeException e) {
            if (committed == 0) {
                // The databases have no row; so that the next try finds the folder empty, too.
                removeArtifacts(backup);
                throw e;
            }
            throw new FleetException(
                    "the restore broke off between its commits: make these databases anew and empty "
                            + storage.artifacts() + " before you restore again: " + storage.inOrder() + " (" + e + ")",
                    e);
        }
    }

    private void restorePepper(Checked backup) throws IOException {
        Optional<Path> pepper = pepper(backup);
        Optional<Path> place = storage.pepper();
        if (pepper.isEmpty()) {
            log.accept("the backup has no pepper: API keys of it work only where the gateway has the same as before");
        } else if (place.isEmpty()) {
            log.accept("the gateway's pepper is " + pepper.get() + ": give it to the gateway, or no API key works");
        } else if (Files.notExists(place.get())) {
            Path folder = place.get().toAbsolutePath().resolveSibling("");
            PrivateFiles.createDirectories(folder);
            Path copy = PrivateFiles.create(folder.resolve(".pepper-" + UUID.randomUUID()));
            Files.write(copy, Files.readAllBytes(pepper.get()));
            Files.move(copy, place.get(), StandardCopyOption.ATOMIC_MOVE);
        }
    }

    private static Optional<Path> pepper(Checked backup) {
        return backup.manifest().pepper().map(file -> backup.folder().resolve(file.path()));
    }

    private void removeArtifacts(Checked backup) throws IOException {
        ArtifactFolder folder = new ArtifactFolder(storage.artifacts());
        for (NamedArtifact artifact : backup.artifacts()) {
            Trees.delete(folder.root().resolve(artifact.tenant()));
        }
    }
}
