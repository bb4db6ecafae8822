package io.modelmill.fleet.backup;

import io.modelmill.fleet.installation.FleetException;
import io.modelmill.fleet.installation.FleetFolder;
import io.modelmill.fleet.installation.FleetKeys;
import io.modelmill.fleet.installation.Installation;
import io.modelmill.fleet.installation.PrivateFiles;
import io.modelmill.fleet.installation.Trees;
import io.modelmill.fleet.supervision.FleetState;
import io.modelmill.fleet.supervision.StoppedFleet;
import io.modelmill.localservers.postgres.PostgresServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Backups of a fleet on this machine, whether it runs or is down.
 *
 * @param log told in one line what happens
 */
public record LocalBackup(Installation installation, FleetFolder folder, Consumer<String> log) {
    private static final String POSTGRES = "postgres";
    private static final String LOCK = "fleet.lock";

    /** Makes a backup; answers its name. */
    public String backUp(Path target) {
        Optional<FleetState> running = FleetState.read(folder).filter(FleetState::isSupervised);
        if (running.isPresent()) {
            return backUp(target, running.get().ports().postgres());
        }
        folder.requireRestored();
        if (Files.notExists(folder.postgres())) {
            throw new FleetException(folder.root() + ": no data of a fleet (expected: the folder of one; --data)");
        }
        try (StoppedFleet stopped = StoppedFleet.open(folder)) {
            return backUp(target, stopped.port());
        }
    }

    private String backUp(Path target, int port) {
        return new Backup(storage(folder, port), target, product(installation), log).make();
    }

    /**
     * Makes the folder, which must be empty, a fleet that is down. It gets all or nothing.
     *
     * @param name the newest backup if empty
     */
    public void restore(Path source, Optional<String> name) {
        try {
            PrivateFiles.createDirectories(folder.root());
            requireEmpty();
            try (StoppedFleet restoring = StoppedFleet.openNew(folder)) {
                FleetFolder data = folder.restoring();
                try {
                    new Restore(storage(data, restoring.port()), installation, log).run(source, name);
                } catch (RuntimeException e) {
                    restoring.stop();
                    Trees.delete(data.root());
                    throw e;
                }
                restoring.stop();
                takePlace(data);
            }
        } catch (IOException e) {
            throw new FleetException(folder.root() + ": the restore failed (" + e + ")", e);
        }
    }

    private void requireEmpty() throws IOException {
        String restoring = folder.restoring().root().getFileName().toString();
        List<String> held = new ArrayList<>();
        try (Stream<Path> entries = Files.list(folder.root())) {
            entries.map(entry -> entry.getFileName().toString())
                    .filter(name -> !name.equals(restoring) && !name.equals(LOCK))
                    .sorted()
                    .forEach(held::add);
        }
        if (!held.isEmpty()) {
            throw new FleetException(
                    folder.root() + ": holds " + String.join(", ", held) + " (expected: an empty folder; --data)");
        }
    }

    /** The databases last: until then no fleet starts here, and the folder is not empty for another restore. */
    private void takePlace(FleetFolder data) throws IOException {
        try (Stream<Path> entries = Files.list(data.root())) {
            List<Path> others = entries.filter(
                            entry -> !entry.getFileName().toString().equals(POSTGRES))
                    .sorted()
                    .toList();
            for (Path entry : others) {
                move(entry);
            }
        }
        move(data.postgres());
        HashedFiles.synchronise(folder.root());
        Files.delete(data.root());
    }

    private void move(Path entry) throws IOException {
        Files.move(entry, folder.root().resolve(entry.getFileName()), StandardCopyOption.ATOMIC_MOVE);
    }

    /** Release of the packaged services. */
    public static String product(Installation installation) {
        return PackagedService.of(installation, "registry-service").version();
    }

    private static FleetStorage storage(FleetFolder data, int port) {
        return new FleetStorage(
                database(FleetStorage.TRAINING, port),
                database(FleetStorage.REGISTRY, port),
                database(FleetStorage.GATEWAY, port),
                data.artifacts(),
                Optional.of(new FleetKeys(data.keys()).pepper()));
    }

    private static DatabaseAddress database(String name, int port) {
        return new DatabaseAddress(name, "jdbc:postgresql://127.0.0.1:" + port + "/" + name, PostgresServer.USER, "");
    }
}
