package io.modelmill.fleet.backup;

import io.modelmill.fleet.backup.DatabaseSnapshot.NamedArtifact;
import io.modelmill.fleet.backup.HashedFiles.Fingerprint;
import io.modelmill.fleet.backup.Manifest.DatabaseDump;
import io.modelmill.fleet.backup.Manifest.FileEntry;
import io.modelmill.fleet.backup.Manifest.TableDump;
import io.modelmill.fleet.installation.FleetException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;

/** Reads all of a backup and compares it with its manifest. */
public final class BackupCheck {
    private static final int BUFFER = 1 << 16;

    private BackupCheck() {}

    /**
     * A backup whose every byte is what it was when it was made.
     *
     * @param folder its own
     * @param store the files that it shares with others
     */
    record Checked(String name, Path folder, ArtifactFolder store, Manifest manifest, List<NamedArtifact> artifacts) {
        Checked {
            artifacts = List.copyOf(artifacts);
        }
    }

    /**
     * Checks a backup and answers what is in it, in one line.
     *
     * @param name the newest if empty
     * @throws FleetException with all that is missing, changed or foreign
     */
    public static String check(Path target, Optional<String> name) {
        Checked checked = read(target, name);
        long bytes =
                checked.artifacts().stream().mapToLong(NamedArtifact::sizeBytes).sum();
        long rows = checked.manifest().databases().stream()
                .flatMap(database -> database.tables().stream())
                .mapToLong(TableDump::rows)
                .sum();
        return checked.name() + ": complete; release " + checked.manifest().product() + ", " + rows + " rows, "
                + checked.artifacts().size() + " artifacts with " + bytes + " bytes";
    }

    /** Reads a backup, and all that it names. */
    static Checked read(Path target, Optional<String> wanted) {
        BackupTarget backups = new BackupTarget(target);
        String name = backups.find(wanted);
        Path folder = backups.complete(name);
        try {
            Manifest manifest = ManifestCodec.read(folder);
            Damage damage = new Damage();
            Set<String> named = new TreeSet<>(Set.of(ManifestCodec.FILE, ManifestCodec.DIGEST));
            for (DatabaseDump database : manifest.databases()) {
                for (TableDump table : database.tables()) {
                    named.add(table.file().path());
                    if (sound(folder, table.file(), damage)) {
                        count(folder, table, damage);
                    }
                }
            }
            named.add(manifest.artifacts().path());
            boolean listed = sound(folder, manifest.artifacts(), damage);
            manifest.pepper().ifPresent(pepper -> {
                named.add(pepper.path());
                sound(folder, pepper, damage);
            });
            refuseOthers(folder, named, damage);
            ArtifactFolder store = new ArtifactFolder(backups.artifacts());
            List<NamedArtifact> artifacts = listed ? ArtifactList.read(folder, manifest) : List.of();
            if (listed && artifacts.size() != manifest.artifactCount()) {
                damage.add(manifest.artifacts().path() + ": " + artifacts.size() + " lines (expected: "
                        + manifest.artifactCount() + ")");
            }
            for (NamedArtifact artifact : artifacts) {
                store.fault(artifact).ifPresent(damage::add);
            }
            damage.throwIfAny(folder + " is damaged");
            return new Checked(name, folder, store, manifest, artifacts);
        } catch (IOException e) {
            throw new FleetException(folder + ": cannot be read (" + e + ")", e);
        }
    }

    private static boolean sound(Path folder, FileEntry expected, Damage damage) {
        Path file = folder.resolve(expected.path());
        try {
            Fingerprint actual = HashedFiles.read(file);
            if (actual.sizeBytes() != expected.sizeBytes()) {
                damage.add(file + ": " + actual.sizeBytes() + " bytes (expected: " + expected.sizeBytes() + ")");
                return false;
            }
            if (!actual.sha256().equals(expected.sha256())) {
                damage.add(file + ": its SHA-256 is " + actual.sha256() + " (expected: " + expected.sha256() + ")");
                return false;
            }
            return true;
        } catch (NoSuchFileException e) {
            damage.add(file + ": missing (expected: " + expected.sizeBytes() + " bytes)");
            return false;
        } catch (IOException e) {
            damage.add(file + ": cannot be read (" + e + ")");
            return false;
        }
    }

    /** In COPY's text format a line break within a value is written with a backslash: a line is a row. */
    private static void count(Path folder, TableDump table, Damage damage) {
        Path file = folder.resolve(table.file().path());
        long rows = 0;
        byte[] buffer = new byte[BUFFER];
        try (InputStream lines = new GZIPInputStream(Files.newInputStream(file), BUFFER)) {
            for (int read = lines.read(buffer); read >= 0; read = lines.read(buffer)) {
                for (int i = 0; i < read; i++) {
                    if (buffer[i] == '\n') {
                        rows++;
                    }
                }
            }
        } catch (IOException e) {
            damage.add(file + ": cannot be unpacked (" + e + ")");
            return;
        }
        if (rows != table.rows()) {
            damage.add(file + ": " + rows + " rows (expected: " + table.rows() + ")");
        }
    }

    private static void refuseOthers(Path folder, Set<String> named, Damage damage) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(path -> !Files.isDirectory(path)).toList()) {
                String path = folder.relativize(file).toString().replace('\\', '/');
                if (!named.contains(path)) {
                    damage.add(file + ": no file of this backup (expected: only what its manifest names)");
                }
            }
        }
    }
}
