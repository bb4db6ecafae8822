package io.modelmill.registry.artifact;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jdbi.v3.core.Handle;

/** Uploads in PostgreSQL. One that has expired is not there any more, whether or not it is removed yet. */
final class PostgresUploadStore {
    private static final String LIVE = "SELECT * FROM artifact_upload"
            + " WHERE tenant = :tenant AND upload_id = :uploadId AND expire_time > now()";

    private PostgresUploadStore() {}

    /** Notes a new upload; false if its id is taken. */
    static boolean insert(Handle handle, UploadKey key, String sha256, long sizeBytes, UUID part, Duration expiry) {
        return handle.createUpdate(
                                "INSERT INTO artifact_upload (tenant, upload_id, sha256, size_bytes, part_id, expire_time)"
                                        + " VALUES (:tenant, :uploadId, :sha256, :sizeBytes, :part,"
                                        + " now() + make_interval(secs => :seconds)) ON CONFLICT DO NOTHING")
                        .bindMap(bindings(key))
                        .bind("sha256", sha256)
                        .bind("sizeBytes", sizeBytes)
                        .bind("part", part)
                        .bind("seconds", seconds(expiry))
                        .execute()
                == 1;
    }

    static Optional<UploadSession> find(Handle handle, UploadKey key) {
        return handle.createQuery(LIVE)
                .bindMap(bindings(key))
                .map((row, context) -> session(row))
                .findOne();
    }

    /** The upload, which nobody else changes until the transaction ends; empty if it is not there or somebody does. */
    static Optional<UploadSession> tryLock(Handle transaction, UploadKey key) {
        return transaction
                .createQuery(LIVE + " FOR UPDATE SKIP LOCKED")
                .bindMap(bindings(key))
                .map((row, context) -> session(row))
                .findOne();
    }

    /** Notes that so many bytes are on disk, for an upload that is locked. */
    static UploadSession commit(Handle transaction, UploadSession session, long bytes, Duration expiry) {
        return transaction
                .createQuery("UPDATE artifact_upload SET committed_bytes = :bytes,"
                        + " expire_time = now() + make_interval(secs => :seconds) WHERE part_id = :part RETURNING *")
                .bind("bytes", bytes)
                .bind("seconds", seconds(expiry))
                .bind("part", session.part())
                .map((row, context) -> session(row))
                .one();
    }

    /** Forgets an upload; its file is still there. */
    static void delete(Handle handle, UUID part) {
        handle.createUpdate("DELETE FROM artifact_upload WHERE part_id = :part")
                .bind("part", part)
                .execute();
    }

    /** Tenants with uploads that have expired, of at most so many of these. */
    static List<String> tenantsOfExpired(Handle handle, int limit) {
        return handle.createQuery("SELECT DISTINCT tenant FROM (SELECT tenant FROM artifact_upload"
                        + " WHERE expire_time <= now() ORDER BY expire_time LIMIT :limit) expired")
                .bind("limit", limit)
                .mapTo(String.class)
                .list();
    }

    /** Forgets uploads of the tenants that have expired and that nobody is changing, at most so many; answers their files. */
    static List<UUID> deleteExpired(Handle transaction, List<String> tenants, int limit) {
        return transaction
                .createQuery("DELETE FROM artifact_upload WHERE part_id IN (SELECT part_id FROM artifact_upload"
                        + " WHERE tenant = ANY(:tenants) AND expire_time <= now() ORDER BY expire_time LIMIT :limit"
                        + " FOR UPDATE SKIP LOCKED) RETURNING part_id")
                .bindArray("tenants", String.class, tenants)
                .bind("limit", limit)
                .mapTo(UUID.class)
                .list();
    }

    /** A tenant's uploads by id. */
    static List<UploadSession> list(Handle handle, String tenant, String after, int limit) {
        return handle.createQuery("SELECT * FROM artifact_upload WHERE tenant = :tenant AND upload_id > :after"
                        + " AND expire_time > now() ORDER BY upload_id LIMIT :limit")
                .bind("tenant", tenant)
                .bind("after", after)
                .bind("limit", limit)
                .map((row, context) -> session(row))
                .list();
    }

    /** Those of the files that belong to an upload. */
    static Set<UUID> known(Handle handle, Collection<UUID> parts) {
        return new HashSet<>(handle.createQuery("SELECT part_id FROM artifact_upload WHERE part_id = ANY(:parts)")
                .bindArray("parts", UUID.class, parts)
                .mapTo(UUID.class)
                .list());
    }

    private static double seconds(Duration duration) {
        return duration.toMillis() / 1_000.0;
    }

    private static Map<String, Object> bindings(UploadKey key) {
        return Map.of("tenant", key.tenant(), "uploadId", key.uploadId());
    }

    private static UploadSession session(ResultSet row) throws SQLException {
        return new UploadSession(
                new UploadKey(row.getString("tenant"), row.getString("upload_id")),
                row.getString("sha256"),
                row.getLong("size_bytes"),
                row.getLong("committed_bytes"),
                row.getObject("part_id", UUID.class),
                row.getTimestamp("create_time").toInstant(),
                row.getTimestamp("expire_time").toInstant());
    }
}
