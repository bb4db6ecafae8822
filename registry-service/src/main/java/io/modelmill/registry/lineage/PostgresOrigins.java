package io.modelmill.registry.lineage;

import io.modelmill.registry.database.Columns;
import io.modelmill.registry.serving.ModelKey;
import io.modelmill.registry.version.Lineage;
import io.modelmill.registry.version.VersionKey;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import org.jdbi.v3.core.Handle;

/** Reads origins of one tenant's versions. */
final class PostgresOrigins {

    private PostgresOrigins() {}

    /** Origins of the versions themselves, and of those that a job among the names made. */
    static List<VersionOrigin> of(
            Handle handle, String tenant, Collection<VersionKey> versions, Collection<String> jobs) {
        return handle.createQuery("SELECT * FROM model_version WHERE tenant = :tenant AND ("
                        + "(model_id, number) IN (SELECT * FROM unnest(:modelIds, :numbers))"
                        + " OR training_job = ANY (:jobs))")
                .bind("tenant", tenant)
                .bind(
                        "modelIds",
                        versions.stream().map(key -> key.model().modelId()).toArray(String[]::new))
                .bind("numbers", versions.stream().map(VersionKey::number).toArray(Long[]::new))
                .bind("jobs", jobs.toArray(String[]::new))
                .map((row, context) -> origin(row))
                .list();
    }

    /** Origins of the versions that were made with one of the names, eldest first. */
    static List<VersionOrigin> madeWith(Handle handle, String tenant, Collection<String> names, int limit) {
        return handle.createQuery(
                        "SELECT * FROM model_version WHERE tenant = :tenant AND (dataset_version = ANY (:names)"
                                + " OR parent_version = ANY (:names) OR training_job = ANY (:names))"
                                + " ORDER BY create_time, model_id, number LIMIT :limit")
                .bind("tenant", tenant)
                .bind("names", names.toArray(String[]::new))
                .bind("limit", limit)
                .map((row, context) -> origin(row))
                .list();
    }

    private static VersionOrigin origin(ResultSet row) throws SQLException {
        VersionKey key =
                new VersionKey(new ModelKey(row.getString("tenant"), row.getString("model_id")), row.getLong("number"));
        return new VersionOrigin(
                key.name(),
                new Lineage(
                        Columns.text(row, "training_job"),
                        Columns.text(row, "dataset_version"),
                        Columns.text(row, "parent_version")));
    }
}
