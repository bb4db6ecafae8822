package io.modelmill.fleet.backup;

import io.modelmill.fleet.backup.ArtifactFolder.Copied;
import io.modelmill.fleet.backup.DatabaseSnapshot.NamedArtifact;
import io.modelmill.fleet.backup.HashedFiles.Fingerprint;
import io.modelmill.fleet.backup.Manifest.DatabaseDump;
import io.modelmill.fleet.backup.Manifest.FileEntry;
import io.modelmill.fleet.installation.FleetException;
import io.modelmill.fleet.installation.PrivateFiles;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Makes a backup of a fleet that may be working: a snapshot of each database, then every file that the registry's snapshot names.
 * It is complete or it is not there: it gets its name when all of it is on disk.
 */
public final class Backup {
    private static final DateTimeFormatter NAME =
            DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss.SSS'Z'").withZone(ZoneOffset.UTC);

    private final FleetStorage storage;
    private final BackupTarget target;
    private final String product;
    private final Consumer<String> log;

    /**
     * Does nothing yet.
     *
     * @param product version of the packaged services
     * @param log told in one line what happens
     */
    public Backup(FleetStorage storage, Path target, String product, Consumer<String> log) {
        this.storage = storage;
        this.target = new BackupTarget(target);
        this.product = product;
        this.log = log;
    }

    /**
     * Makes the backup; answers its name.
     *
     * @throws FleetException if a database cannot be read, or a file that the registry names is missing or damaged; there is no
     *     new backup then
     */
    public String make() {
        try {
            target.prepare();
            try (FileChannel _ = target.lock()) {
                target.removeIncomplete();
                Instant now = Instant.now();
                String name = NAME.format(now);
                Path folder = target.incomplete(name);
                PrivateFiles.createDirectories(folder);
                write(folder, now);
                Files.move(folder, target.complete(name), StandardCopyOption.ATOMIC_MOVE);
                HashedFiles.synchronise(target.backups());
                HashedFiles.synchronise(target.root());
                return name;
            }
        } catch (IOException e) {
            throw new FleetException(target.root() + ": the backup cannot be written (" + e + ")", e);
        }
    }

    private void write(Path folder, Instant now) throws IOException {
        try (StoreHold hold = StoreHold.take(storage.registry())) {
            List<DatabaseDump> databases = new ArrayList<>();
            List<NamedArtifact> artifacts = dump(folder, databases);
            FileEntry list = ArtifactList.write(folder, artifacts);
            Damage damage = new Damage();
            Copied copied = new ArtifactFolder(storage.artifacts())
                    .copyTo(new ArtifactFolder(target.artifacts()), artifacts, damage);
            damage.throwIfAny("no backup was made, for files of the registry are not what it says of them");
            log.accept("artifacts: " + copied.files() + " copied (" + copied.bytes() + " bytes), "
                    + copied.thereAlready() + " were there");
            hold.requireHeld();
            ManifestCodec.write(
                    folder, new Manifest(product, now.toString(), databases, list, artifacts.size(), pepper(folder)));
        }
    }

    /** Dumps all databases as they were at nearly one moment; answers the files that the registry names. */
    private List<NamedArtifact> dump(Path folder, List<DatabaseDump> dumps) throws IOException {
        // In this order, before the first row is copied: see FleetStorage.
        try (DatabaseSnapshot training = DatabaseSnapshot.take(storage.training());
                DatabaseSnapshot registry = DatabaseSnapshot.take(storage.registry());
                DatabaseSnapshot gateway = DatabaseSnapshot.take(storage.gateway())) {
            for (DatabaseSnapshot snapshot : List.of(training, registry, gateway)) {
                DatabaseDump dump = snapshot.dump(folder);
                log.accept("database " + dump.name() + ": " + dump.tables().size() + " tables, "
                        + dump.tables().stream()
                                .mapToLong(Manifest.TableDump::rows)
                                .sum() + " rows, level " + dump.level());
                dumps.add(dump);
            }
            return registry.artifacts();
        }
    }

    private Optional<FileEntry> pepper(Path folder) throws IOException {
        if (storage.pepper().isEmpty()) {
            return Optional.empty();
        }
        byte[] pepper = Files.readAllBytes(storage.pepper().get());
        Fingerprint written = HashedFiles.write(folder.resolve("pepper"), out -> out.write(pepper));
        return Optional.of(new FileEntry("pepper", written.sizeBytes(), written.sha256()));
    }
}
