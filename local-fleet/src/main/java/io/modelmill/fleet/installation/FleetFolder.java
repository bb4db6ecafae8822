package io.modelmill.fleet.installation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The folder in which a fleet keeps all that outlives it.
 *
 * @param root made when needed, readable by its owner alone
 */
public record FleetFolder(Path root) {
    public FleetFolder {
        root = root.toAbsolutePath().normalize();
    }

    /** Makes the folder and those inside that a process expects to find. */
    public void create() {
        try {
            PrivateFiles.createDirectories(root);
            PrivateFiles.createDirectories(keys());
            for (Path directory : new Path[] {logs(), artifacts(), cache("")}) {
                Files.createDirectories(directory);
            }
        } catch (IOException e) {
            throw new FleetException(root + ": cannot be made or written (" + e + "); choose another with --data", e);
        }
    }

    public Path postgres() {
        return root.resolve("postgres");
    }

    public Path kafka() {
        return root.resolve("kafka");
    }

    public Path artifacts() {
        return root.resolve("artifacts");
    }

    /** Folder of workers' attempts. */
    public Path attempts() {
        return root.resolve("attempts");
    }

    /** What can be deleted while the fleet is down. */
    public Path cache(String of) {
        return root.resolve("cache").resolve(of);
    }

    public Path keys() {
        return root.resolve("keys");
    }

    public Path logs() {
        return root.resolve("logs");
    }

    /** What a process prints. */
    public Path log(String process) {
        return logs().resolve(process + ".log");
    }

    /** Where a fleet is restored before it takes its place in this folder; there only while that happens. */
    public FleetFolder restoring() {
        return new FleetFolder(root.resolve(".restoring"));
    }

    /** Throws if a restore into this folder runs or broke off. */
    public void requireRestored() {
        if (Files.exists(restoring().root())) {
            throw new FleetException(
                    root + ": a restore into this folder runs, or broke off (expected: none; restore again,"
                            + " or delete the folder)");
        }
    }

    /** What runs, for later commands. */
    public Path state() {
        return root.resolve("fleet.properties");
    }

    /** Held by the one supervisor of the folder. */
    public Path lock() {
        return root.resolve("fleet.lock");
    }
}
