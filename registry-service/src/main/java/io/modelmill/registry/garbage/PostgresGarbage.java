package io.modelmill.registry.garbage;

import io.modelmill.registry.artifact.ArtifactKey;
import io.modelmill.registry.garbage.Garbage.UnnamedArtifact;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jdbi.v3.core.Handle;

/** What of the store nobody names, as the database tells it. The locks are those of {@code ArtifactRows}. */
final class PostgresGarbage {
    /** Rows of artifacts that no version and no upload names; in a forecast, versions whose time is over name none. */
    private static final String UNNAMED = " a.name_time <= now() - make_interval(secs => :grace)"
            + " AND NOT EXISTS (SELECT FROM model_version_file f JOIN model_version v USING (tenant, model_id, number)"
            + " WHERE f.tenant = a.tenant AND f.sha256 = a.sha256"
            + " AND NOT (:forecast AND v.state = 'DELETED' AND v.purge_time <= now()))"
            + " AND NOT EXISTS (SELECT FROM dataset_version_file f JOIN dataset_version v USING (tenant, dataset_id, number)"
            + " WHERE f.tenant = a.tenant AND f.sha256 = a.sha256"
            + " AND NOT (:forecast AND v.state = 'DELETED' AND v.purge_time <= now()))"
            + " AND NOT EXISTS (SELECT FROM artifact_upload u WHERE u.tenant = a.tenant AND u.sha256 = a.sha256)";

    private static final String THESE =
            " (a.tenant, a.sha256) IN (SELECT * FROM unnest(CAST(:tenants AS text[]), CAST(:hashes AS text[])))";

    private PostgresGarbage() {}

    /** Artifacts that nobody names, by tenant and hash, after one. */
    static List<UnnamedArtifact> unnamed(
            Handle handle, Optional<ArtifactKey> after, Duration grace, boolean forecast, int limit) {
        return handle.createQuery("SELECT a.* FROM artifact a WHERE (a.tenant, a.sha256) > (:tenant, :sha256) AND"
                        + UNNAMED + " ORDER BY a.tenant, a.sha256 LIMIT :limit")
                .bind("tenant", after.map(ArtifactKey::tenant).orElse(""))
                .bind("sha256", after.map(ArtifactKey::sha256).orElse(""))
                .bind("grace", seconds(grace))
                .bind("forecast", forecast)
                .bind("limit", limit)
                .map((row, context) -> artifact(row))
                .list();
    }

    /** Locks the rows of these that nobody else has locked: whoever is about to name one of the others shall have it. */
    static List<ArtifactKey> lock(Handle transaction, Collection<ArtifactKey> keys) {
        return transaction
                .createQuery("SELECT a.tenant, a.sha256 FROM artifact a WHERE" + THESE
                        + " ORDER BY a.tenant, a.sha256 FOR UPDATE SKIP LOCKED")
                .bindArray("tenants", String.class, tenants(keys))
                .bindArray("hashes", String.class, hashes(keys))
                .map((row, context) -> key(row))
                .list();
    }

    /** Deletes the rows of those that still nobody names. They have to be locked, by an earlier statement. */
    static List<UnnamedArtifact> delete(Handle transaction, Collection<ArtifactKey> locked, Duration grace) {
        return transaction
                .createQuery("DELETE FROM artifact a WHERE" + THESE + " AND" + UNNAMED + " RETURNING a.*")
                .bindArray("tenants", String.class, tenants(locked))
                .bindArray("hashes", String.class, hashes(locked))
                .bind("grace", seconds(grace))
                .bind("forecast", false)
                .map((row, context) -> artifact(row))
                .list();
    }

    /** Those of the files that have a row, or an upload that may have just moved it into the store. */
    static Set<ArtifactKey> known(Handle handle, Collection<ArtifactKey> keys) {
        return new HashSet<>(handle.createQuery("SELECT a.tenant, a.sha256 FROM (SELECT tenant, sha256 FROM artifact"
                        + " UNION SELECT tenant, sha256 FROM artifact_upload) a WHERE" + THESE)
                .bindArray("tenants", String.class, tenants(keys))
                .bindArray("hashes", String.class, hashes(keys))
                .map((row, context) -> key(row))
                .list());
    }

    private static Object[] tenants(Collection<ArtifactKey> keys) {
        return keys.stream().map(ArtifactKey::tenant).toArray();
    }

    private static Object[] hashes(Collection<ArtifactKey> keys) {
        return keys.stream().map(ArtifactKey::sha256).toArray();
    }

    private static double seconds(Duration duration) {
        return duration.toMillis() / 1_000.0;
    }

    private static UnnamedArtifact artifact(ResultSet row) throws SQLException {
        return new UnnamedArtifact(
                key(row),
                row.getLong("size_bytes"),
                row.getTimestamp("name_time").toInstant());
    }

    private static ArtifactKey key(ResultSet row) throws SQLException {
        return new ArtifactKey(row.getString("tenant"), row.getString("sha256"));
    }
}
