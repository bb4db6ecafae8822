package io.modelmill.registry.version;

import io.modelmill.registry.model.Change;
import io.modelmill.registry.model.ModelChanges;
import io.modelmill.registry.serving.ModelKey;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/** Takes the files from versions that were deleted so long ago that nobody can undelete them any more. */
@ApplicationScoped
public class VersionPurge {
    private final ModelChanges changes;

    VersionPurge(ModelChanges changes) {
        this.changes = changes;
    }

    /**
     * A version whose time is over.
     *
     * @param purgeTime when that was
     */
    public record Due(VersionKey key, Instant purgeTime) {}

    /**
     * Versions whose time is over, by tenant, model and number.
     *
     * @param after the version before the first; empty to begin
     */
    public static List<Due> due(Handle handle, Optional<VersionKey> after, int limit) {
        return handle.createQuery("SELECT tenant, model_id, number, purge_time FROM model_version"
                        + " WHERE state = 'DELETED' AND purge_time <= now()"
                        + " AND (tenant, model_id, number) > (:tenant, :modelId, :number)"
                        + " ORDER BY tenant, model_id, number LIMIT :limit")
                .bind("tenant", after.map(key -> key.model().tenant()).orElse(""))
                .bind("modelId", after.map(key -> key.model().modelId()).orElse(""))
                .bind("number", after.map(VersionKey::number).orElse(0L))
                .bind("limit", limit)
                .map((row, context) -> new Due(
                        new VersionKey(
                                new ModelKey(row.getString("tenant"), row.getString("model_id")),
                                row.getLong("number")),
                        row.getTimestamp("purge_time").toInstant()))
                .list();
    }

    /**
     * Purges those of a model's versions whose time is still over, which somebody may have undeleted meanwhile.
     *
     * @return those that are purged now
     */
    public List<Due> purge(ModelKey model, List<Due> versions) {
        return changes.change(model, (transaction, revision) -> {
            List<Due> purged = new ArrayList<>();
            for (Due version : versions) {
                if (PostgresVersionStore.isDue(transaction, version.key())) {
                    PostgresVersionStore.purge(transaction, version.key());
                    purged.add(version);
                }
            }
            return purged.isEmpty() ? Change.none(purged) : Change.to(purged);
        });
    }
}
