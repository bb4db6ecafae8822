package io.modelmill.registry.dataset;

import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/** Takes the files from data-set versions that were deleted so long ago that nobody can undelete them any more. */
@ApplicationScoped
public class DatasetVersionPurge {
    private final Jdbi jdbi;

    DatasetVersionPurge(Jdbi jdbi) {
        this.jdbi = jdbi;
    }

    /**
     * A version whose time is over.
     *
     * @param purgeTime when that was
     */
    public record Due(DatasetKey dataset, long number, Instant purgeTime) {
        /** Resource name. */
        public String name() {
            return DatasetVersion.name(dataset, number);
        }
    }

    /**
     * Versions whose time is over, by tenant, data set and number.
     *
     * @param after the version before the first; empty to begin
     */
    public static List<Due> due(Handle handle, Optional<Due> after, int limit) {
        return handle.createQuery("SELECT tenant, dataset_id, number, purge_time FROM dataset_version"
                        + " WHERE state = 'DELETED' AND purge_time <= now()"
                        + " AND (tenant, dataset_id, number) > (:tenant, :datasetId, :number)"
                        + " ORDER BY tenant, dataset_id, number LIMIT :limit")
                .bind("tenant", after.map(due -> due.dataset().tenant()).orElse(""))
                .bind("datasetId", after.map(due -> due.dataset().datasetId()).orElse(""))
                .bind("number", after.map(Due::number).orElse(0L))
                .bind("limit", limit)
                .map((row, context) -> new Due(
                        new DatasetKey(row.getString("tenant"), row.getString("dataset_id")),
                        row.getLong("number"),
                        row.getTimestamp("purge_time").toInstant()))
                .list();
    }

    /** Purges a version if its time is still over, which somebody may have undeleted meanwhile; false if it is not. */
    public boolean purge(Due due) {
        return jdbi.inTransaction(transaction -> {
            Optional<DatasetVersion> version =
                    PostgresDatasetStore.lockVersion(transaction, due.dataset(), due.number());
            if (version.isEmpty() || !PostgresDatasetStore.isDue(transaction, version.get())) {
                return false;
            }
            PostgresDatasetStore.move(transaction, version.get(), DatasetVersionState.PURGED, Duration.ZERO);
            PostgresDatasetStore.forgetRows(transaction, version.get());
            return true;
        });
    }
}
