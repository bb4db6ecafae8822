package io.modelmill.fleet.backup;

import java.util.List;
import java.util.Optional;

/**
 * What a backup holds.
 *
 * @param product version of the packaged services whose command made it
 * @param createTime when it was begun, RFC 3339 in UTC
 * @param databases in the order of their snapshots
 * @param artifacts lines {@code tenant/sha256 bytes} of all files that the registry's snapshot names
 * @param artifactCount number of these lines
 * @param pepper copy of the gateway's pepper; empty if it is kept elsewhere
 */
record Manifest(
        String product,
        String createTime,
        List<DatabaseDump> databases,
        FileEntry artifacts,
        long artifactCount,
        Optional<FileEntry> pepper) {
    /** Of the layout of files and of this description. */
    static final int FORMAT = 1;

    Manifest {
        databases = List.copyOf(databases);
    }

    DatabaseDump database(String name) {
        return databases.stream()
                .filter(database -> database.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("no database " + name + " in the manifest"));
    }

    /**
     * A file.
     *
     * @param path from the backup's own folder, with slashes
     * @param sha256 64 lower-case hexadecimal digits
     */
    record FileEntry(String path, long sizeBytes, String sha256) {}

    /**
     * A database as one snapshot saw it.
     *
     * @param snapshotTime of the database's clock, RFC 3339
     * @param migrations versions that were applied, in order; the last is the level of the schema
     */
    record DatabaseDump(
            String name,
            String snapshotTime,
            List<Migration> migrations,
            List<TableDump> tables,
            List<SequenceValue> sequences) {
        DatabaseDump {
            migrations = List.copyOf(migrations);
            tables = List.copyOf(tables);
            sequences = List.copyOf(sequences);
        }

        /** The schema's version. */
        String level() {
            return migrations.getLast().version();
        }
    }

    /** A migration of the schema, by Flyway's version and checksum. */
    record Migration(String version, int checksum) {}

    /**
     * A table.
     *
     * @param columns in the order in which the file has them
     * @param file gzip of PostgreSQL's COPY text format: a line for each row
     */
    record TableDump(TableName table, List<String> columns, long rows, FileEntry file) {
        TableDump {
            columns = List.copyOf(columns);
        }
    }

    /**
     * Where a sequence stands.
     *
     * @param called whether the value was given out already
     */
    record SequenceValue(TableName sequence, long value, boolean called) {}
}
