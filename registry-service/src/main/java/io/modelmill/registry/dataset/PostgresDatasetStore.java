package io.modelmill.registry.dataset;

import com.fasterxml.jackson.core.type.TypeReference;
import io.modelmill.dataset.DatasetFormat;
import io.modelmill.registry.database.Columns;
import io.modelmill.registry.database.JsonColumn;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;

/** Data sets and their versions in PostgreSQL. */
final class PostgresDatasetStore {
    private static final TypeReference<List<Column>> COLUMNS = new TypeReference<>() {};
    private static final TypeReference<List<VersionFile>> FILES = new TypeReference<>() {};
    private static final TypeReference<Map<String, Long>> COUNTS = new TypeReference<>() {};
    private static final String VERSIONS =
            "SELECT v.*, (SELECT coalesce(json_agg(json_build_object('path', f.path, 'sha256', f.sha256, 'sizeBytes', a.size_bytes)"
                    + " ORDER BY f.position), '[]') FROM dataset_version_file f JOIN artifact a USING (tenant, sha256)"
                    + " WHERE f.tenant = v.tenant AND f.dataset_id = v.dataset_id AND f.number = v.number) AS files"
                    + " FROM dataset_version v WHERE tenant = :tenant AND dataset_id = :datasetId";

    private static final String ONE = " WHERE tenant = :tenant AND dataset_id = :datasetId AND number = :number";

    private PostgresDatasetStore() {}

    /** Makes a data set; false if the id or the request's id is taken. */
    static boolean insert(Handle handle, DatasetKey key, String displayName, String description, String requestId) {
        return handle.createUpdate("INSERT INTO dataset (tenant, dataset_id, display_name, description, request_id)"
                                + " VALUES (:tenant, :datasetId, :displayName, :description, :requestId)"
                                + " ON CONFLICT DO NOTHING")
                        .bindMap(bindings(key))
                        .bind("displayName", displayName)
                        .bind("description", description)
                        .bind("requestId", requestId.isEmpty() ? null : requestId)
                        .execute()
                == 1;
    }

    static Optional<Dataset> find(Handle handle, DatasetKey key) {
        return handle.createQuery("SELECT * FROM dataset WHERE tenant = :tenant AND dataset_id = :datasetId")
                .bindMap(bindings(key))
                .map((row, context) -> dataset(row))
                .findOne();
    }

    /** The data set that an earlier call with the id made. */
    static Optional<Dataset> findByRequest(Handle handle, String tenant, String requestId) {
        return handle.createQuery("SELECT * FROM dataset WHERE tenant = :tenant AND request_id = :requestId")
                .bind("tenant", tenant)
                .bind("requestId", requestId)
                .map((row, context) -> dataset(row))
                .findOne();
    }

    /** A tenant's data sets by id. */
    static List<Dataset> list(Handle handle, String tenant, String after, int limit) {
        return handle.createQuery("SELECT * FROM dataset WHERE tenant = :tenant AND dataset_id > :after"
                        + " ORDER BY dataset_id LIMIT :limit")
                .bind("tenant", tenant)
                .bind("after", after)
                .bind("limit", limit)
                .map((row, context) -> dataset(row))
                .list();
    }

    /** Makes a version with the data set's next number, which is locked by that. */
    static DatasetVersion insertVersion(
            Handle transaction,
            DatasetKey key,
            NewDatasetVersion version,
            DatasetProfile profile,
            long number,
            String requestId) {
        transaction
                .createUpdate("INSERT INTO dataset_version (tenant, dataset_id, number, format, row_count, columns,"
                        + " subset_row_counts, request_id) VALUES (:tenant, :datasetId, :number, :format, :rowCount,"
                        + " CAST(:columns AS json), CAST(:subsetRowCounts AS json), :requestId)")
                .bindMap(bindings(key))
                .bind("number", number)
                .bind("format", version.format().name())
                .bind("rowCount", profile.rowCount())
                .bind("columns", JsonColumn.write(profile.columns()))
                .bind("subsetRowCounts", JsonColumn.write(profile.subsetRowCounts()))
                .bind("requestId", requestId.isEmpty() ? null : requestId)
                .execute();
        PreparedBatch files = transaction.prepareBatch(
                "INSERT INTO dataset_version_file (tenant, dataset_id, number, position, path, sha256)"
                        + " VALUES (:tenant, :datasetId, :number, :position, :path, :sha256)");
        for (int position = 0; position < version.files().size(); position++) {
            NewDatasetVersion.NamedFile file = version.files().get(position);
            files.bindMap(bindings(key))
                    .bind("number", number)
                    .bind("position", position)
                    .bind("path", file.path())
                    .bind("sha256", file.sha256())
                    .add();
        }
        files.execute();
        return findVersion(transaction, key, number).orElseThrow();
    }

    /** Locks a data set that is there and answers the number of its last version. */
    static long lock(Handle transaction, DatasetKey key) {
        return transaction
                .createQuery("SELECT last_version FROM dataset"
                        + " WHERE tenant = :tenant AND dataset_id = :datasetId FOR UPDATE")
                .bindMap(bindings(key))
                .mapTo(Long.class)
                .one();
    }

    static void noteLastVersion(Handle transaction, DatasetKey key, long number) {
        transaction
                .createUpdate("UPDATE dataset SET last_version = :number"
                        + " WHERE tenant = :tenant AND dataset_id = :datasetId")
                .bindMap(bindings(key))
                .bind("number", number)
                .execute();
    }

    static Optional<DatasetVersion> findVersion(Handle handle, DatasetKey key, long number) {
        return handle.createQuery(VERSIONS + " AND number = :number")
                .bindMap(bindings(key))
                .bind("number", number)
                .map((row, context) -> version(row))
                .findOne();
    }

    /** A version that nobody else changes until the transaction ends; empty if it is not there. */
    static Optional<DatasetVersion> lockVersion(Handle transaction, DatasetKey key, long number) {
        transaction
                .createQuery("SELECT 1 FROM dataset_version" + ONE + " FOR UPDATE")
                .bindMap(bindings(key))
                .bind("number", number)
                .mapTo(Integer.class)
                .findOne();
        return findVersion(transaction, key, number);
    }

    /**
     * Moves a version on that is locked.
     *
     * @param kept how long it stays if it becomes DELETED
     * @throws IllegalStateException if the move is not in the table of {@link DatasetVersionState}
     */
    static DatasetVersion move(Handle transaction, DatasetVersion version, DatasetVersionState next, Duration kept) {
        version.state().requireMayBecome(next);
        transaction
                .createUpdate("UPDATE dataset_version SET state = :next, revision = revision + 1, delete_time ="
                        + " CASE CAST(:next AS text) WHEN 'DELETED' THEN now() WHEN 'PURGED' THEN delete_time END,"
                        + " purge_time = CASE CAST(:next AS text) WHEN 'DELETED'"
                        + " THEN now() + make_interval(secs => :seconds) WHEN 'PURGED' THEN now() END" + ONE)
                .bindMap(bindings(version.dataset()))
                .bind("number", version.number())
                .bind("next", next.name())
                .bind("seconds", kept.toMillis() / 1_000.0)
                .execute();
        return findVersion(transaction, version.dataset(), version.number()).orElseThrow();
    }

    /** Whether a version that is locked is DELETED and its time over. */
    static boolean isDue(Handle transaction, DatasetVersion version) {
        return transaction
                .createQuery("SELECT state = 'DELETED' AND purge_time <= now() FROM dataset_version" + ONE)
                .bindMap(bindings(version.dataset()))
                .bind("number", version.number())
                .mapTo(Boolean.class)
                .one();
    }

    /** Takes from a version its files and all that was read in them but for the names and types of its columns. */
    static void forgetRows(Handle transaction, DatasetVersion version) {
        List<Column> columns = version.profile().columns().stream()
                .map(column ->
                        new Column(column.name(), column.type(), List.of(), 0, 0, 0, column.shape(), column.datatype()))
                .toList();
        transaction
                .createUpdate("UPDATE dataset_version SET columns = CAST(:columns AS json)" + ONE)
                .bindMap(bindings(version.dataset()))
                .bind("number", version.number())
                .bind("columns", JsonColumn.write(columns))
                .execute();
        transaction
                .createUpdate("DELETE FROM dataset_version_file" + ONE)
                .bindMap(bindings(version.dataset()))
                .bind("number", version.number())
                .execute();
    }

    /** The version that an earlier call with the id made. */
    static Optional<DatasetVersion> findVersionByRequest(Handle handle, DatasetKey key, String requestId) {
        return handle.createQuery(VERSIONS + " AND request_id = :requestId")
                .bindMap(bindings(key))
                .bind("requestId", requestId)
                .map((row, context) -> version(row))
                .findOne();
    }

    /** A data set's versions, newest first, below a number; those that are DELETED or PURGED only if they shall be shown. */
    static List<DatasetVersion> listVersions(
            Handle handle, DatasetKey key, boolean showDeleted, long below, int limit) {
        return handle.createQuery(VERSIONS + " AND number < :below AND (:showDeleted OR state = 'ACTIVE')"
                        + " ORDER BY number DESC LIMIT :limit")
                .bindMap(bindings(key))
                .bind("showDeleted", showDeleted)
                .bind("below", below)
                .bind("limit", limit)
                .map((row, context) -> version(row))
                .list();
    }

    private static Dataset dataset(ResultSet row) throws SQLException {
        return new Dataset(
                key(row),
                row.getString("display_name"),
                row.getString("description"),
                row.getTimestamp("create_time").toInstant());
    }

    private static DatasetVersion version(ResultSet row) throws SQLException {
        return new DatasetVersion(
                key(row),
                row.getLong("number"),
                DatasetFormat.valueOf(row.getString("format")),
                JsonColumn.read(row.getString("files"), FILES),
                new DatasetProfile(
                        row.getLong("row_count"),
                        JsonColumn.read(row.getString("columns"), COLUMNS),
                        JsonColumn.read(row.getString("subset_row_counts"), COUNTS)),
                row.getTimestamp("create_time").toInstant(),
                DatasetVersionState.valueOf(row.getString("state")),
                row.getLong("revision"),
                Columns.time(row, "delete_time"),
                Columns.time(row, "purge_time"));
    }

    private static DatasetKey key(ResultSet row) throws SQLException {
        return new DatasetKey(row.getString("tenant"), row.getString("dataset_id"));
    }

    private static Map<String, Object> bindings(DatasetKey key) {
        return Map.of("tenant", key.tenant(), "datasetId", key.datasetId());
    }
}
