package io.modelmill.fleet.backup;

import io.modelmill.fleet.backup.Manifest.DatabaseDump;
import io.modelmill.fleet.backup.Manifest.Migration;
import io.modelmill.fleet.backup.Manifest.SequenceValue;
import io.modelmill.fleet.backup.Manifest.TableDump;
import io.modelmill.fleet.installation.FleetException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.MigrationInfo;
import org.flywaydb.core.api.MigrationVersion;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyManager;

/** One database while it is restored: it has no row before {@link #commit}. */
final class DatabaseRestore implements AutoCloseable {
    /** Tells the service that its database was set back. */
    private static final String NOTICE = "restore_notice";

    private static final Duration LEAVE = Duration.ofSeconds(5);
    private static final Duration LOOK_EVERY = Duration.ofMillis(100);

    private final DatabaseAddress database;
    private final DatabaseDump dump;
    private final List<Path> migrations;
    private final Connection connection;

    private DatabaseRestore(DatabaseAddress database, DatabaseDump dump, List<Path> migrations, Connection connection) {
        this.database = database;
        this.dump = dump;
        this.migrations = migrations;
        this.connection = connection;
    }

    /**
     * Looks at the database, and changes nothing.
     *
     * @param migrations folders of the packaged service's
     * @throws FleetException if the database has rows or is in use, or the packaged service cannot have such a schema
     */
    static DatabaseRestore open(DatabaseAddress database, DatabaseDump dump, List<Path> migrations) {
        DatabaseRestore restore = new DatabaseRestore(database, dump, migrations, database.connect());
        try {
            restore.requireEmpty();
            restore.requireKnownMigrations();
            return restore;
        } catch (RuntimeException e) {
            restore.close();
            throw e;
        }
    }

    private void requireKnownMigrations() {
        Map<String, Integer> known = new HashMap<>();
        for (MigrationInfo migration : flyway(MigrationVersion.LATEST).info().all()) {
            MigrationVersion version = migration.getVersion();
            if (version != null && migration.getResolvedChecksum() != null) {
                known.put(version.getVersion(), migration.getResolvedChecksum());
            }
        }
        for (Migration applied : dump.migrations()) {
            Integer checksum =
                    known.get(MigrationVersion.fromVersion(applied.version()).getVersion());
            if (checksum == null) {
                throw new FleetException("database " + database.name() + ": the backup has migration "
                        + applied.version() + ", which this release of " + database.service()
                        + " does not know (expected: a backup of this release or an older one)");
            }
            if (checksum != applied.checksum()) {
                throw new FleetException("database " + database.name() + ": migration " + applied.version()
                        + " has the checksum " + applied.checksum() + " in the backup (expected: " + checksum
                        + ", as in this release of " + database.service() + ")");
            }
        }
    }

    private void requireEmpty() {
        try {
            DatabaseCatalog catalog = new DatabaseCatalog(connection);
            requireAlone(catalog);
            List<String> filled = new ArrayList<>();
            for (TableName table : catalog.tables()) {
                if (!table.name().equals(DatabaseCatalog.HISTORY) && catalog.hasRows(table)) {
                    filled.add(table.toString());
                }
            }
            if (!filled.isEmpty()) {
                throw new FleetException("database " + database.name() + " at " + database.url() + ": rows in "
                        + String.join(", ", filled) + " (expected: an empty database)");
            }
        } catch (SQLException e) {
            throw database.failure("cannot be looked at", e);
        }
    }

    /** A service that was stopped a moment ago has its connections still. */
    private void requireAlone(DatabaseCatalog catalog) throws SQLException {
        Instant deadline = Instant.now().plus(LEAVE);
        for (int others = catalog.otherConnections(); others > 0; others = catalog.otherConnections()) {
            if (Instant.now().isAfter(deadline)) {
                throw new FleetException("database " + database.name() + " at " + database.url() + ": " + others
                        + " other connections (expected: none; stop the services)");
            }
            LockSupport.parkNanos(LOOK_EVERY.toNanos());
        }
    }

    /** Makes the tables that the backup's release had. Twice is as good as once. */
    void makeTables() {
        try {
            Flyway flyway = flyway(MigrationVersion.fromVersion(dump.level()));
            // There may be tables without a row, of a newer release.
            var _ = flyway.clean();
            var _ = flyway.migrate();
        } catch (FlywayException e) {
            throw new FleetException(
                    "database " + database.name() + ": its tables cannot be made (" + e.getMessage() + ")", e);
        }
    }

    /** Loads all rows in a transaction that stays open. */
    void load(Path backup, String backupTime) throws IOException {
        try {
            connection.setAutoCommit(false);
            makeUnversioned();
            DatabaseCatalog catalog = new DatabaseCatalog(connection);
            List<TableName> order = catalog.inOrderOfReferences();
            Map<TableName, TableDump> dumps =
                    dump.tables().stream().collect(Collectors.toMap(TableDump::table, table -> table));
            for (TableName table : dumps.keySet()) {
                if (!order.contains(table)) {
                    throw new FleetException("database " + database.name() + ": table " + table
                            + " of the backup (expected: one of " + order + ", which the migrations make)");
                }
            }
            try (Statement statement = connection.createStatement()) {
                // Of what migrations put in themselves, and of Flyway's history, the backup has its own.
                statement.execute(
                        "TRUNCATE " + order.stream().map(TableName::quoted).collect(Collectors.joining(", ")));
                for (TableName table : order) {
                    TableDump rows = dumps.get(table);
                    if (rows != null) {
                        statement.execute("ALTER TABLE " + table.quoted() + " DISABLE TRIGGER USER");
                        copy(backup, rows);
                        statement.execute("ALTER TABLE " + table.quoted() + " ENABLE TRIGGER USER");
                    }
                }
            }
            for (SequenceValue sequence : dump.sequences()) {
                set(sequence);
            }
            leaveNotice(backupTime);
        } catch (SQLException e) {
            throw database.failure("the rows cannot be loaded", e);
        }
    }

    private void copy(Path backup, TableDump table) throws SQLException, IOException {
        String columns = table.columns().stream().map(TableName::quoted).collect(Collectors.joining(", "));
        CopyManager copies = connection.unwrap(PGConnection.class).getCopyAPI();
        try (InputStream rows = new GZIPInputStream(
                Files.newInputStream(backup.resolve(table.file().path())), 1 << 16)) {
            long loaded = copies.copyIn(
                    "COPY " + table.table().quoted() + (columns.isEmpty() ? "" : " (" + columns + ")") + " FROM STDIN",
                    rows);
            if (loaded != table.rows()) {
                throw new FleetException("database " + database.name() + ", table " + table.table() + ": " + loaded
                        + " rows were loaded (expected: " + table.rows() + ")");
            }
        } catch (SQLException e) {
            throw database.failure("table " + table.table() + " cannot be loaded", e);
        }
    }

    private void set(SequenceValue sequence) throws SQLException {
        try (PreparedStatement set = connection.prepareStatement("SELECT setval(?::regclass, ?, ?)")) {
            set.setString(1, sequence.sequence().quoted());
            set.setLong(2, sequence.value());
            set.setBoolean(3, sequence.called());
            set.execute();
        }
    }

    /** In the transaction of the rows: no service ever works with them without knowing where they come from. */
    private void leaveNotice(String backupTime) throws SQLException {
        try (PreparedStatement notice =
                connection.prepareStatement("INSERT INTO " + NOTICE + " (backup_time) VALUES (?)")) {
            notice.setObject(1, OffsetDateTime.parse(backupTime));
            notice.execute();
        }
    }

    /** Makes what is made by migrations without a version, which a schema below the newest does not get. */
    private void makeUnversioned() throws SQLException, IOException {
        boolean made = false;
        for (Path folder : migrations) {
            try (Stream<Path> files = Files.list(folder)) {
                for (Path script : files.sorted().toList()) {
                    String name = script.getFileName().toString();
                    if (name.startsWith("R__")) {
                        made |= name.equals("R__" + NOTICE + ".sql");
                        try (Statement statement = connection.createStatement()) {
                            statement.execute(Files.readString(script));
                        }
                    }
                }
            }
        }
        if (!made) {
            throw new FleetException(database.service() + ": no migration makes " + NOTICE
                    + " (expected: a release that knows what to do after a restore)");
        }
    }

    void commit() {
        try {
            connection.commit();
        } catch (SQLException e) {
            throw database.failure("the rows could not be committed", e);
        }
    }

    /** What is not committed is gone. */
    @Override
    public void close() {
        try {
            connection.close();
        } catch (SQLException e) {
            throw database.failure("the connection cannot be closed", e);
        }
    }

    private Flyway flyway(MigrationVersion target) {
        return Flyway.configure()
                .dataSource(database.url(), database.user(), database.password())
                .locations(migrations.stream()
                        .map(folder -> "filesystem:" + folder)
                        .toArray(String[]::new))
                .target(target)
                .cleanDisabled(false)
                .validateOnMigrate(true)
                .load();
    }
}
