package io.modelmill.registry.dataset;

import com.fasterxml.jackson.core.type.TypeReference;
import io.modelmill.registry.database.JsonColumn;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/** Data sets and their versions in PostgreSQL. */
final class PostgresDatasetStore {
    private static final TypeReference<List<Column>> COLUMNS = new TypeReference<>() {};
    private static final String VERSIONS =
            "SELECT v.*, a.size_bytes FROM dataset_version v JOIN artifact a USING (tenant, sha256)"
                    + " WHERE tenant = :tenant AND dataset_id = :datasetId";

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
            Handle transaction, DatasetKey key, String sha256, CsvProfile profile, long number, String requestId) {
        transaction
                .createUpdate("INSERT INTO dataset_version (tenant, dataset_id, number, sha256, row_count, columns,"
                        + " request_id) VALUES (:tenant, :datasetId, :number, :sha256, :rowCount,"
                        + " CAST(:columns AS json), :requestId)")
                .bindMap(bindings(key))
                .bind("number", number)
                .bind("sha256", sha256)
                .bind("rowCount", profile.rowCount())
                .bind("columns", JsonColumn.write(profile.columns()))
                .bind("requestId", requestId.isEmpty() ? null : requestId)
                .execute();
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

    /** The version that an earlier call with the id made. */
    static Optional<DatasetVersion> findVersionByRequest(Handle handle, DatasetKey key, String requestId) {
        return handle.createQuery(VERSIONS + " AND request_id = :requestId")
                .bindMap(bindings(key))
                .bind("requestId", requestId)
                .map((row, context) -> version(row))
                .findOne();
    }

    /** A data set's versions, newest first, below a number. */
    static List<DatasetVersion> listVersions(Handle handle, DatasetKey key, long below, int limit) {
        return handle.createQuery(VERSIONS + " AND number < :below ORDER BY number DESC LIMIT :limit")
                .bindMap(bindings(key))
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
                row.getString("sha256"),
                row.getLong("size_bytes"),
                new CsvProfile(row.getLong("row_count"), JsonColumn.read(row.getString("columns"), COLUMNS)),
                row.getTimestamp("create_time").toInstant());
    }

    private static DatasetKey key(ResultSet row) throws SQLException {
        return new DatasetKey(row.getString("tenant"), row.getString("dataset_id"));
    }

    private static Map<String, Object> bindings(DatasetKey key) {
        return Map.of("tenant", key.tenant(), "datasetId", key.datasetId());
    }
}
