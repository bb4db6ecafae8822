package io.modelmill.registry.quota;

import java.util.Collection;
import org.jdbi.v3.core.Handle;

/** Grants in PostgreSQL, and the count of what there is, which triggers keep. */
final class PostgresStorageQuotas {
    private PostgresStorageQuotas() {}

    /** What an administrator granted, and how often; nothing and 0 if none did. */
    record Granted(StorageLimits limits, long revision) {
        private static final Granted NOTHING = new Granted(StorageLimits.NONE, 0);
    }

    static Granted granted(Handle handle, String tenant) {
        return handle.createQuery("SELECT * FROM storage_quota WHERE tenant = :tenant")
                .bind("tenant", tenant)
                .map((row, context) -> new Granted(
                        new StorageLimits(row.getLong("max_bytes"), row.getLong("max_objects")),
                        row.getLong("revision")))
                .findOne()
                .orElse(Granted.NOTHING);
    }

    static void put(Handle transaction, String tenant, StorageLimits granted) {
        transaction
                .createUpdate("INSERT INTO storage_quota AS q (tenant, max_bytes, max_objects)"
                        + " VALUES (:tenant, :maxBytes, :maxObjects) ON CONFLICT (tenant) DO UPDATE SET"
                        + " max_bytes = :maxBytes, max_objects = :maxObjects, revision = q.revision + 1")
                .bind("tenant", tenant)
                .bind("maxBytes", granted.maxBytes())
                .bind("maxObjects", granted.maxObjects())
                .execute();
    }

    static StorageUsage usage(Handle handle, String tenant) {
        return handle.createQuery("SELECT * FROM storage_usage WHERE tenant = :tenant")
                .bind("tenant", tenant)
                .map((row, context) -> new StorageUsage(
                        row.getLong("stored_bytes"),
                        row.getLong("stored_objects"),
                        row.getLong("uploading_bytes"),
                        row.getLong("uploading_objects")))
                .findOne()
                .orElse(StorageUsage.NONE);
    }

    /** Locks the counts, in order; those that are not there yet are made. */
    static void lock(Handle transaction, Collection<String> tenants) {
        transaction
                .createUpdate("INSERT INTO storage_usage (tenant)"
                        + " SELECT DISTINCT tenant FROM unnest(CAST(:tenants AS text[])) AS t (tenant) ORDER BY tenant"
                        + " ON CONFLICT DO NOTHING")
                .bindArray("tenants", String.class, tenants)
                .execute();
        transaction
                .createQuery("SELECT tenant FROM storage_usage WHERE tenant = ANY(:tenants) ORDER BY tenant FOR UPDATE")
                .bindArray("tenants", String.class, tenants)
                .mapTo(String.class)
                .list();
    }
}
