package io.modelmill.fleet.backup;

import io.modelmill.fleet.backup.HashedFiles.Fingerprint;
import io.modelmill.fleet.backup.Manifest.DatabaseDump;
import io.modelmill.fleet.backup.Manifest.FileEntry;
import io.modelmill.fleet.backup.Manifest.Migration;
import io.modelmill.fleet.backup.Manifest.SequenceValue;
import io.modelmill.fleet.backup.Manifest.TableDump;
import io.modelmill.fleet.installation.FleetException;
import io.modelmill.fleet.installation.PrivateFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.zip.GZIPOutputStream;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyManager;

/** One moment of a database, for as long as it is open, whatever is written to it meanwhile. */
final class DatabaseSnapshot implements AutoCloseable {
    private final DatabaseAddress database;
    private final Connection connection;
    private final String time;

    private DatabaseSnapshot(DatabaseAddress database, Connection connection, String time) {
        this.database = database;
        this.connection = connection;
        this.time = time;
    }

    /** A file of the registry, as a row names it. */
    record NamedArtifact(String tenant, String sha256, long sizeBytes) {
        /** Resource name. */
        String name() {
            return "tenants/" + tenant + "/artifacts/" + sha256;
        }
    }

    /** Takes the snapshot: what commits after the return is not in it. */
    static DatabaseSnapshot take(DatabaseAddress database) {
        Connection connection = database.connect();
        try {
            connection.setAutoCommit(false);
            connection.setReadOnly(true);
            connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            // The first query makes the snapshot.
            try (Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery("SELECT clock_timestamp()")) {
                row.next();
                OffsetDateTime now = row.getObject(1, OffsetDateTime.class);
                return new DatabaseSnapshot(
                        database,
                        connection,
                        now.withOffsetSameInstant(ZoneOffset.UTC).toString());
            }
        } catch (SQLException e) {
            FleetException failure = database.failure("no snapshot", e);
            try {
                connection.close();
            } catch (SQLException closing) {
                failure.addSuppressed(closing);
            }
            throw failure;
        }
    }

    /**
     * Writes every table into a folder of the backup.
     *
     * @param backup the backup's own folder
     */
    DatabaseDump dump(Path backup) throws IOException {
        Path folder = backup.resolve(database.name());
        PrivateFiles.createDirectories(folder);
        try {
            DatabaseCatalog catalog = new DatabaseCatalog(connection);
            List<Migration> migrations = catalog.migrations();
            if (migrations.isEmpty()) {
                throw new FleetException("database " + database.name() + " at " + database.url()
                        + ": no migrations were applied (expected: the database of " + database.service() + ")");
            }
            List<TableDump> tables = new ArrayList<>();
            for (TableName table : catalog.tables()) {
                tables.add(copy(catalog, table, folder));
            }
            List<SequenceValue> sequences = new ArrayList<>();
            for (TableName sequence : catalog.sequences()) {
                sequences.add(value(sequence));
            }
            HashedFiles.synchronise(folder);
            return new DatabaseDump(database.name(), time, migrations, tables, sequences);
        } catch (SQLException e) {
            throw database.failure("cannot be read", e);
        }
    }

    private TableDump copy(DatabaseCatalog catalog, TableName table, Path folder) throws SQLException, IOException {
        List<String> columns = catalog.columns(table);
        String list = columns.stream().map(TableName::quoted).collect(Collectors.joining(", "));
        CopyManager copies = connection.unwrap(PGConnection.class).getCopyAPI();
        String name = table + ".copy.gz";
        long[] rows = {0};
        Fingerprint written = HashedFiles.write(folder.resolve(name), out -> {
            try {
                GZIPOutputStream zipped = new GZIPOutputStream(out);
                rows[0] = copies.copyOut("COPY (SELECT " + list + " FROM " + table.quoted() + ") TO STDOUT", zipped);
                zipped.finish();
            } catch (SQLException e) {
                throw database.failure("table " + table + " cannot be read", e);
            }
        });
        return new TableDump(
                table,
                columns,
                rows[0],
                new FileEntry(database.name() + "/" + name, written.sizeBytes(), written.sha256()));
    }

    /** Sequences stand outside of snapshots: this is never below what the rows of the snapshot have. */
    private SequenceValue value(TableName sequence) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT last_value, is_called FROM " + sequence.quoted())) {
            row.next();
            return new SequenceValue(sequence, row.getLong(1), row.getBoolean(2));
        }
    }

    /** All files that the registry names, by tenant and hash. */
    List<NamedArtifact> artifacts() {
        List<NamedArtifact> artifacts = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(
                        "SELECT tenant, sha256, size_bytes FROM artifact ORDER BY tenant, sha256")) {
            while (rows.next()) {
                artifacts.add(new NamedArtifact(rows.getString(1), rows.getString(2), rows.getLong(3)));
            }
        } catch (SQLException e) {
            throw database.failure("the list of artifacts cannot be read", e);
        }
        return artifacts;
    }

    @Override
    public void close() {
        try {
            connection.close();
        } catch (SQLException e) {
            throw database.failure("the snapshot cannot be closed", e);
        }
    }
}
