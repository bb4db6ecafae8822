package io.modelmill.fleet.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.modelmill.fleet.installation.FleetException;
import io.modelmill.fleet.installation.Installation;
import io.modelmill.fleet.process.Poll;
import io.modelmill.localservers.postgres.PostgresServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Backups and restores of databases that no service works with, and all that can be wrong with them. */
class RestoreIT {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static PostgresServer server;

    @TempDir
    Path folder;

    private final List<String> lines = new ArrayList<>();
    private SmallFleet fleet;
    private Path target;

    @BeforeAll
    static void start() {
        server = PostgresServer.startTemporary();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @BeforeEach
    void make() throws IOException, SQLException {
        fleet = SmallFleet.old(server, folder);
        target = folder.resolve("backups");
    }

    @Test
    void restoresABackupOfAnOlderReleaseAtItsLevel() throws Exception {
        String name = backUp();
        SmallFleet restored = SmallFleet.empty(server, folder);

        restore(restored);

        for (DatabaseAddress database : restored.storage().inOrder()) {
            assertThat(restored.query(database, "SELECT count(*) FROM restore_notice WHERE settle_time IS NULL"))
                    .isEqualTo("1");
            DatabaseAddress source = fleet.storage().inOrder().stream()
                    .filter(each -> each.name().equals(database.name()))
                    .findFirst()
                    .orElseThrow();
            String history = "SELECT string_agg(h::text, '|' ORDER BY installed_rank) FROM flyway_schema_history h";
            assertThat(restored.query(database, history)).isEqualTo(fleet.query(source, history));
        }
        assertThat(restored.query(restored.storage().gateway(), "SELECT display_name FROM tenant"))
                .isEqualTo("Tab\tand\nline\\");
        assertThat(restored.query(restored.storage().training(), "SELECT nextval('queue_turn')"))
                .isEqualTo("3");
        assertThat(Files.readString(new ArtifactFolder(restored.storage().artifacts()).path(SmallFleet.FILE)))
                .isEqualTo("content");
        assertThat(Files.readString(restored.storage().pepper().orElseThrow())).isEqualTo(SmallFleet.PEPPER);
        assertThat(lines).contains("backup " + name + " is sound", "databases: all rows are in");
        for (DatabaseAddress database : restored.storage().inOrder()) {
            restored.migrate(database, "latest", folder);
        }
        assertThat(restored.query(restored.storage().registry(), "SELECT count(*) FROM artifact_upload"))
                .isEqualTo("0");
    }

    @Test
    void takesDatabasesWhoseTablesAreThereAndEmpty() throws Exception {
        String name = backUp();
        SmallFleet restored = SmallFleet.empty(server, folder);
        for (DatabaseAddress database : restored.storage().inOrder()) {
            restored.migrate(database, "latest", folder);
        }
        Files.createDirectories(restored.storage().artifacts().resolve(".incoming"));

        new Restore(restored.storage(), Installation.current(), lines::add).run(target, Optional.of(name));

        assertThat(restored.filledTables())
                .containsExactlyInAnyOrder(
                        "queue_tenant", "restore_notice", "artifact", "restore_notice", "tenant", "restore_notice");
    }

    @Test
    void refusesADatabaseThatHasARow() throws Exception {
        var _ = backUp();
        SmallFleet other = SmallFleet.old(server, folder);
        SmallFleet mixed = new SmallFleet(new FleetStorage(
                SmallFleet.empty(server, folder).storage().training(),
                other.storage().registry(),
                SmallFleet.empty(server, folder).storage().gateway(),
                folder.resolve("nothing yet"),
                Optional.empty()));

        assertRefused(mixed, "database registry at ", ": rows in public.artifact (expected: an empty database)");

        assertThat(mixed.filledTables()).containsExactly("artifact");
        assertThat(folder.resolve("nothing yet")).doesNotExist();
    }

    @Test
    void refusesADatabaseThatIsInUse() throws Exception {
        var _ = backUp();
        SmallFleet restored = SmallFleet.empty(server, folder);
        try (Connection _ = restored.storage().gateway().connect()) {
            assertRefused(
                    restored, "database gateway at ", ": 1 other connections (expected: none; stop the services)");
        }
        restore(restored);
    }

    @Test
    void refusesMigrationsThatThisReleaseDoesNotHave() throws Exception {
        fleet.run(fleet.storage().gateway(), "UPDATE flyway_schema_history SET checksum = 1 WHERE version = '0100'");
        var _ = backUp();
        SmallFleet restored = SmallFleet.empty(server, folder);
        assertRefused(restored, "database gateway: migration 0100 has the checksum 1 in the backup (expected: ");

        fleet.run(
                fleet.storage().gateway(), "UPDATE flyway_schema_history SET version = '9999' WHERE version = '0100'");
        var _ = backUp();
        assertRefused(
                restored,
                "database gateway: the backup has migration 9999, which this release of gateway does not know"
                        + " (expected: a backup of this release or an older one)");
        assertThat(restored.filledTables()).isEmpty();
    }

    @Test
    void refusesAFolderWithFilesAndAnotherPepper() throws Exception {
        var _ = backUp();
        SmallFleet restored = SmallFleet.empty(server, folder);
        Path stranger = Files.createDirectories(restored.storage().artifacts().resolve("acme"));
        assertRefused(restored, restored.storage().artifacts() + ": holds acme (expected: an empty folder");
        Files.delete(stranger);
        Path pepper = restored.storage().pepper().orElseThrow();
        Files.createDirectories(pepper.resolveSibling(""));
        Files.writeString(pepper, "another");
        assertRefused(restored, pepper + ": another pepper than the backup's");
        Files.writeString(pepper, SmallFleet.PEPPER);
        restore(restored);
    }

    @Test
    void leavesNothingBehindWhenRowsCannotBeLoaded() throws Exception {
        DatabaseAddress gateway = fleet.storage().gateway();
        fleet.run(gateway, "ALTER TABLE api_key DROP CONSTRAINT api_key_tenant_id_fkey");
        fleet.run(gateway, "INSERT INTO api_key VALUES ('lost', 'nobody', '', decode(repeat('00', 32), 'hex'), now())");
        var _ = backUp();
        SmallFleet restored = SmallFleet.empty(server, folder);

        assertRefused(restored, "database gateway: table public.api_key cannot be loaded", "nobody");

        assertThat(restored.filledTables()).isEmpty();
        assertThat(restored.storage().artifacts().resolve("acme")).doesNotExist();
        fleet.run(gateway, "DELETE FROM api_key");
        var _ = backUp();
        restore(restored);
        assertThat(restored.filledTables()).contains("tenant");
    }

    @Test
    void makesNoBackupWithoutAFileThatTheRegistryNames() throws Exception {
        Path file = new ArtifactFolder(fleet.storage().artifacts()).path(SmallFleet.FILE);
        Files.delete(file);

        assertThatThrownBy(this::backUp)
                .isInstanceOf(FleetException.class)
                .hasMessageContaining(
                        SmallFleet.FILE.name() + ": its file " + file + " is missing, though the registry names it");

        assertThat(new BackupTarget(target).names()).isEmpty();
        Files.writeString(file, "content");
        String name = backUp();
        assertThat(new BackupTarget(target).names()).containsExactly(name);
    }

    @Test
    void makesNoBackupOfADatabaseThatIsNoServices() throws Exception {
        SmallFleet empty = SmallFleet.empty(server, folder);

        assertThatThrownBy(() -> new Backup(empty.storage(), target, "1", lines::add).make())
                .isInstanceOf(FleetException.class)
                .hasMessageContaining("no migrations were applied (expected: the database of training-service)");
    }

    @Test
    void waitsForACollectionOfGarbageAndKeepsTheNextFromStarting() throws Exception {
        DatabaseAddress registry = fleet.storage().registry();
        try (Connection collection = registry.connect();
                Statement statement = collection.createStatement()) {
            statement.execute("SELECT pg_advisory_lock(" + StoreHold.KEY + ")");
            CompletableFuture<String> backup = CompletableFuture.supplyAsync(this::backUp);
            assertThat(Poll.until(LIMIT, () -> Optional.of(waiting(registry)).filter(found -> found)))
                    .as("the backup waits")
                    .isPresent();
            statement.execute("SELECT pg_advisory_unlock(" + StoreHold.KEY + ")");
            assertThat(backup.get(LIMIT.toSeconds(), TimeUnit.SECONDS)).isNotEmpty();
            try (StoreHold hold = StoreHold.take(registry)) {
                hold.requireHeld();
                assertThat(fleet.query(registry, "SELECT pg_try_advisory_lock(" + StoreHold.KEY + ")"))
                        .isEqualTo("f");
            }
        }
    }

    private boolean waiting(DatabaseAddress registry) {
        try {
            return fleet.query(
                            registry,
                            "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)")
                    .equals("t");
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private String backUp() {
        return new Backup(fleet.storage(), target, "1.2.3", lines::add).make();
    }

    private void restore(SmallFleet empty) {
        new Restore(empty.storage(), Installation.current(), lines::add).run(target, Optional.empty());
    }

    private void assertRefused(SmallFleet into, String... parts) {
        assertThatThrownBy(() -> restore(into))
                .isInstanceOf(FleetException.class)
                .hasMessageContainingAll(parts);
    }
}
