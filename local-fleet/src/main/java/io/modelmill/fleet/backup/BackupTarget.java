package io.modelmill.fleet.backup;

import io.modelmill.fleet.installation.FleetException;
import io.modelmill.fleet.installation.PrivateFiles;
import io.modelmill.fleet.installation.Trees;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A folder of backups, which share the registry's files: {@code backups/TIME} holds each backup's own, {@code artifacts} what they
 * name. A backup that is not complete has a name that begins with a dot, and is no backup.
 */
record BackupTarget(Path root) {
    private static final String BACKUPS = "backups";
    private static final String INCOMPLETE = ".incomplete-";

    BackupTarget {
        root = root.toAbsolutePath().normalize();
    }

    /** Makes the folder when needed; refuses one that holds other things. */
    void prepare() throws IOException {
        if (Files.exists(root) && !Files.isDirectory(backups())) {
            try (Stream<Path> entries = Files.list(root)) {
                Optional<Path> other = entries.sorted().findFirst();
                if (other.isPresent()) {
                    throw new FleetException(root + ": holds " + other.get().getFileName()
                            + " (expected: an empty folder, or one with the folder " + BACKUPS
                            + " of earlier backups)");
                }
            }
        }
        PrivateFiles.createDirectories(root);
        PrivateFiles.createDirectories(backups());
        PrivateFiles.createDirectories(artifacts());
    }

    /** Held while a backup is made: two at a time would take each other's unfinished files for rests. */
    FileChannel lock() throws IOException {
        FileChannel channel =
                FileChannel.open(root.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            FileLock lock = channel.tryLock();
            if (lock != null) {
                return channel;
            }
        } catch (OverlappingFileLockException e) {
            channel.close();
            throw new FleetException(root + ": another backup into this folder runs", e);
        }
        channel.close();
        throw new FleetException(root + ": another backup into this folder runs");
    }

    Path backups() {
        return root.resolve(BACKUPS);
    }

    Path artifacts() {
        return root.resolve("artifacts");
    }

    /** Where a backup is until it is complete. */
    Path incomplete(String name) {
        return backups().resolve(INCOMPLETE + name);
    }

    Path complete(String name) {
        return backups().resolve(name);
    }

    /** Names of the complete backups, oldest first. */
    List<String> names() {
        if (!Files.isDirectory(backups())) {
            throw new FleetException(
                    root + ": no folder " + BACKUPS + " (expected: what `modelmill backup` was given as its target)");
        }
        try (Stream<Path> entries = Files.list(backups())) {
            return entries.map(entry -> entry.getFileName().toString())
                    .filter(name -> !name.startsWith("."))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new FleetException(root + ": cannot be read (" + e + ")", e);
        }
    }

    /** The backup of a name; without one the newest. */
    String find(Optional<String> name) {
        List<String> names = names();
        if (names.isEmpty()) {
            throw new FleetException(root + ": no complete backup (expected: one or more in " + BACKUPS + ")");
        }
        if (name.isPresent() && !names.contains(name.get())) {
            throw new FleetException(
                    "--at: " + name.get() + " (expected: one of " + String.join(", ", names) + ", the backups there)");
        }
        return name.orElseGet(names::getLast);
    }

    /** Removes what backups left behind that broke off. */
    void removeIncomplete() throws IOException {
        for (Path entry : beginningWith(backups(), INCOMPLETE)) {
            Trees.delete(entry);
        }
        for (Path entry : beginningWith(artifacts(), ArtifactFolder.INCOMING)) {
            Files.delete(entry);
        }
    }

    private static List<Path> beginningWith(Path folder, String prefix) throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.filter(entry -> entry.getFileName().toString().startsWith(prefix))
                    .toList();
        }
    }
}
