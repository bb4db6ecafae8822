package io.modelmill.fleet.backup;

import io.modelmill.fleet.installation.FleetException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/**
 * Keeps the registry from removing files for as long as it is open: what a snapshot names can then still be copied. It is an advisory
 * lock of the registry's database, which a collection of garbage holds alone and backups share.
 */
final class StoreHold implements AutoCloseable {
    /** registry-service's StoreLock.KEY: "mm-store" in ASCII. */
    static final long KEY = 0x6d6d2d73746f7265L;

    private final DatabaseAddress registry;
    private final Connection connection;

    private StoreHold(DatabaseAddress registry, Connection connection) {
        this.registry = registry;
        this.connection = connection;
    }

    /** Waits until a collection that runs has ended. */
    static StoreHold take(DatabaseAddress registry) {
        StoreHold hold = new StoreHold(registry, registry.connect());
        try (PreparedStatement lock = hold.connection.prepareStatement("SELECT pg_advisory_lock_shared(?)")) {
            lock.setLong(1, KEY);
            lock.execute();
            return hold;
        } catch (SQLException e) {
            hold.close();
            throw registry.failure("files cannot be kept from being removed", e);
        }
    }

    /** Throws if the connection, and the lock with it, was lost meanwhile. */
    void requireHeld() {
        try (PreparedStatement find = connection.prepareStatement("SELECT EXISTS (SELECT FROM pg_locks"
                + " WHERE locktype = 'advisory' AND granted AND pid = pg_backend_pid()"
                + " AND (classid::bigint << 32 | objid::bigint) = ?)")) {
            find.setLong(1, KEY);
            try (ResultSet row = find.executeQuery()) {
                if (!row.next() || !row.getBoolean(1)) {
                    throw new FleetException("database " + registry.name()
                            + ": the lock that keeps files from being removed was lost (expected: a connection of its own,"
                            + " through no pool that shares it)");
                }
            }
        } catch (SQLException e) {
            throw registry.failure("the lock that keeps files from being removed was lost", e);
        }
    }

    @Override
    public void close() {
        try {
            connection.close();
        } catch (SQLException e) {
            throw registry.failure("the connection cannot be closed", e);
        }
    }
}
