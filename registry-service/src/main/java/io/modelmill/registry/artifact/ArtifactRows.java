package io.modelmill.registry.artifact;

import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import org.jdbi.v3.core.Handle;

/**
 * How files come and are named while a collection removes others. A row says that a file is there, so that the file has to come
 * before its row and to go after it. Two locks see to that, and both end with the transaction:
 *
 * <ul>
 *   <li>That of the file, advisory, by its resource name. Whoever puts a file into the store holds it until its row has
 *       committed; a collection removes a file under it, having seen that there is no row. So no file goes whose row comes.
 *   <li>That of the row. Whoever names the file in a version locks the row in the transaction that makes the version; a
 *       collection locks it before it looks for versions, and looks with a statement of its own, which sees all that committed
 *       before it got the lock. So no row goes that a version names: the version is seen, or its maker sees that the row is gone.
 * </ul>
 *
 * Where several are taken, it is in this order: an upload, the file, the quota of the tenant, rows of files by hash. A
 * collection waits for no row.
 */
public final class ArtifactRows {
    private ArtifactRows() {}

    /** Takes the lock of the file until the transaction ends. */
    public static void lockFile(Handle transaction, ArtifactKey key) {
        transaction
                .createQuery("SELECT 1 FROM pg_advisory_xact_lock(hashtextextended(:name, 0))")
                .bind("name", key.name())
                .mapTo(Integer.class)
                .one();
    }

    /** Whether a file is there. */
    static boolean isThere(Handle handle, ArtifactKey key) {
        return handle.createQuery("SELECT EXISTS (SELECT FROM artifact WHERE tenant = :tenant AND sha256 = :sha256)")
                .bind("tenant", key.tenant())
                .bind("sha256", key.sha256())
                .mapTo(Boolean.class)
                .one();
    }

    /** Notes a file that is in the store, or that it came once more. The caller has the locks of the file and of the quota. */
    static void insert(Handle transaction, Artifact artifact) {
        transaction
                .createUpdate("INSERT INTO artifact (tenant, sha256, size_bytes) VALUES (:tenant, :sha256, :sizeBytes)"
                        + " ON CONFLICT (tenant, sha256) DO UPDATE SET name_time = now()")
                .bind("tenant", artifact.key().tenant())
                .bind("sha256", artifact.key().sha256())
                .bind("sizeBytes", artifact.sizeBytes())
                .execute();
    }

    /**
     * Says that somebody names the files, which keeps those that are there from being collected: until the transaction ends and for
     * the grace period from now on. One that the transaction lets a version name is kept as long as the version.
     *
     * @return hashes of those that are there
     */
    public static Set<String> name(Handle transaction, String tenant, Collection<String> hashes) {
        return new HashSet<>(transaction
                .createQuery("WITH named AS (SELECT tenant, sha256 FROM artifact WHERE tenant = :tenant"
                        + " AND sha256 = ANY(:hashes) ORDER BY sha256 FOR NO KEY UPDATE)"
                        + " UPDATE artifact a SET name_time = now() FROM named n"
                        + " WHERE a.tenant = n.tenant AND a.sha256 = n.sha256 RETURNING a.sha256")
                .bind("tenant", tenant)
                .bindArray("hashes", String.class, hashes)
                .mapTo(String.class)
                .list());
    }
}
