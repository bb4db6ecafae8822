package io.modelmill.registry.garbage;

import org.jdbi.v3.core.Handle;

/**
 * The advisory lock of the registry's database that keeps collections and backups apart. A collection holds it alone, so that one
 * replica collects at a time. A backup shares it, {@code SELECT pg_advisory_lock_shared(KEY)} on the connection that it keeps open,
 * before it reads the database and until it has copied the last file: no file that the database names goes meanwhile.
 */
public final class StoreLock {
    /** Written out where a backup is made: "mm-store" in ASCII. Not the outbox's own key, whose relay a backup would stop. */
    public static final long KEY = 0x6d6d2d73746f7265L;

    private StoreLock() {}

    /**
     * Takes the lock for a collection until the transaction ends, or its connection with it.
     *
     * @return false if a collection or a backup has it
     */
    static boolean tryCollect(Handle transaction) {
        return transaction
                .createQuery("SELECT pg_try_advisory_xact_lock(:key)")
                .bind("key", KEY)
                .mapTo(Boolean.class)
                .one();
    }
}
