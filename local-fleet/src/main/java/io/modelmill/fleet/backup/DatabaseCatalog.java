package io.modelmill.fleet.backup;

import io.modelmill.fleet.backup.Manifest.Migration;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;

/** What a database has, as its own catalogue tells: nothing here knows a table of a service. */
final class DatabaseCatalog {
    /** Flyway's own table. */
    static final String HISTORY = "flyway_schema_history";

    private static final String OF_USERS =
            " n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' AND c.relpersistence <> 't'";

    private final Connection connection;

    DatabaseCatalog(Connection connection) {
        this.connection = connection;
    }

    /** Tables in the order of their names; of a partitioned one the whole, not its parts. */
    List<TableName> tables() throws SQLException {
        return names("SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
                + " WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND" + OF_USERS + " ORDER BY 1, 2");
    }

    List<TableName> sequences() throws SQLException {
        return names("SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
                + " WHERE c.relkind = 'S' AND" + OF_USERS + " ORDER BY 1, 2");
    }

    /** Columns of a table that hold what is their own; generated ones come of themselves. */
    List<String> columns(TableName table) throws SQLException {
        List<String> columns = new ArrayList<>();
        try (var query = connection.prepareStatement("SELECT a.attname FROM pg_attribute a"
                + " WHERE a.attrelid = ?::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''"
                + " ORDER BY a.attnum")) {
            query.setString(1, table.quoted());
            try (ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    columns.add(rows.getString(1));
                }
            }
        }
        return columns;
    }

    /** Versions that were applied, in order; empty if Flyway never worked here. */
    List<Migration> migrations() throws SQLException {
        List<Migration> migrations = new ArrayList<>();
        if (tables().stream().anyMatch(table -> table.name().equals(HISTORY))) {
            try (Statement statement = connection.createStatement();
                    ResultSet rows = statement.executeQuery("SELECT version, checksum FROM " + HISTORY
                            + " WHERE success AND version IS NOT NULL AND checksum IS NOT NULL"
                            + " ORDER BY installed_rank")) {
                while (rows.next()) {
                    migrations.add(new Migration(rows.getString(1), rows.getInt(2)));
                }
            }
        }
        return migrations;
    }

    /** The tables so that each comes after those that its foreign keys name. */
    List<TableName> inOrderOfReferences() throws SQLException {
        SequencedMap<TableName, Set<TableName>> waiting = new LinkedHashMap<>();
        tables().forEach(table -> waiting.put(table, new LinkedHashSet<>()));
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT n.nspname, c.relname, rn.nspname, r.relname"
                        + " FROM pg_constraint f JOIN pg_class c ON c.oid = f.conrelid"
                        + " JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_class r ON r.oid = f.confrelid"
                        + " JOIN pg_namespace rn ON rn.oid = r.relnamespace WHERE f.contype = 'f'")) {
            while (rows.next()) {
                TableName from = new TableName(rows.getString(1), rows.getString(2));
                TableName to = new TableName(rows.getString(3), rows.getString(4));
                Set<TableName> references = waiting.get(from);
                if (references != null && waiting.containsKey(to) && !from.equals(to)) {
                    references.add(to);
                }
            }
        }
        List<TableName> ordered = new ArrayList<>();
        while (!waiting.isEmpty()) {
            List<TableName> free = waiting.entrySet().stream()
                    .filter(entry -> ordered.containsAll(entry.getValue()))
                    .map(Map.Entry::getKey)
                    .toList();
            if (free.isEmpty()) {
                throw new IllegalStateException("tables name each other in a circle: " + waiting.keySet());
            }
            free.forEach(waiting::remove);
            ordered.addAll(free);
        }
        return ordered;
    }

    /** Whether a table has a row. */
    boolean hasRows(TableName table) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT EXISTS (SELECT FROM " + table.quoted() + ")")) {
            return row.next() && row.getBoolean(1);
        }
    }

    /** How many others are connected to this database. */
    int otherConnections() throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT count(*) FROM pg_stat_activity"
                        + " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                        + " AND backend_type = 'client backend'")) {
            return row.next() ? row.getInt(1) : 0;
        }
    }

    private List<TableName> names(String sql) throws SQLException {
        List<TableName> names = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            while (rows.next()) {
                names.add(new TableName(rows.getString(1), rows.getString(2)));
            }
        }
        return names;
    }
}
