package io.modelmill.registry.quota;

import io.modelmill.registry.database.Etags;
import io.modelmill.registry.error.RegistryReason;
import io.modelmill.servicekit.error.ServiceException;
import io.modelmill.servicekit.error.Violations;
import io.quarkus.runtime.configuration.MemorySize;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Collection;
import java.util.List;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/** What administrators grant, and whether there is room. Callers are checked before. */
@ApplicationScoped
public class StorageQuotas {
    private final Jdbi jdbi;
    private final StorageLimits defaults;

    StorageQuotas(Jdbi jdbi, StorageQuotaConfig config) {
        this.jdbi = jdbi;
        this.defaults = new StorageLimits(
                config.maxBytes().map(MemorySize::asLongValue).orElse(0L),
                config.maxObjects().orElse(0L));
    }

    /** What a tenant may keep and keeps. */
    record State(StorageLimits granted, StorageLimits effective, StorageUsage usage, long revision) {
        /** Changes with what is granted. */
        String etag() {
            return Long.toString(revision);
        }
    }

    State get(String tenant) {
        return jdbi.inTransaction(transaction -> read(transaction, tenant));
    }

    /**
     * Replaces what is granted. What is there stays, also where it is more than that.
     *
     * @param etag as the caller read it; empty to overwrite whatever is there
     * @throws ServiceException INVALID_ARGUMENT with every fault, ABORTED if the etag is stale
     */
    State update(String tenant, StorageLimits granted, String etag) {
        Violations violations = new Violations();
        granted.check("storage_quota.granted.", violations);
        violations.throwIfAny();
        return jdbi.inTransaction(transaction -> {
            lock(transaction, List.of(tenant));
            Etags.requireCurrent(etag, read(transaction, tenant).etag());
            PostgresStorageQuotas.put(transaction, tenant, granted);
            return read(transaction, tenant);
        });
    }

    private State read(Handle transaction, String tenant) {
        PostgresStorageQuotas.Granted granted = PostgresStorageQuotas.granted(transaction, tenant);
        return new State(
                granted.limits(),
                granted.limits().over(defaults),
                PostgresStorageQuotas.usage(transaction, tenant),
                granted.revision());
    }

    /**
     * Lets nobody else add to or take from what these tenants keep until the transaction ends. Whoever makes or deletes rows of
     * files or uploads has to do this before: the count of what there is, which triggers keep, is locked by that too, and
     * always in this order.
     */
    public static void lock(Handle transaction, Collection<String> tenants) {
        PostgresStorageQuotas.lock(transaction, tenants);
    }

    /**
     * Makes sure that the tenant may add a file, and locks its quota as {@link #lock} does.
     *
     * @param field of the request that tells the size
     * @throws ServiceException RESOURCE_EXHAUSTED if there is no room
     */
    public void requireRoom(Handle transaction, String tenant, long sizeBytes, String field) {
        lock(transaction, List.of(tenant));
        State state = read(transaction, tenant);
        StorageLimits limits = state.effective();
        StorageUsage usage = state.usage();
        if (limits.maxObjects() > 0 && usage.objects() >= limits.maxObjects()) {
            throw new ServiceException(
                    RegistryReason.STORAGE_QUOTA_EXCEEDED,
                    "one more object (expected: at most %d objects, of which tenants/%s uses %d)"
                            .formatted(limits.maxObjects(), tenant, usage.objects()));
        }
        if (limits.maxBytes() > 0 && sizeBytes > limits.maxBytes() - usage.bytes()) {
            throw new ServiceException(
                    RegistryReason.STORAGE_QUOTA_EXCEEDED,
                    "%s: %d (expected: at most %d, what is left of %d bytes of which tenants/%s uses %d)"
                            .formatted(
                                    field,
                                    sizeBytes,
                                    Math.max(0, limits.maxBytes() - usage.bytes()),
                                    limits.maxBytes(),
                                    tenant,
                                    usage.bytes()));
        }
    }
}
