package io.modelmill.registry.quota;

import io.modelmill.servicekit.error.Violations;

/**
 * Bounds of what a tenant may keep.
 *
 * @param maxBytes 0 if there is no bound, or none of its own
 * @param maxObjects 0 if there is no bound, or none of its own
 */
record StorageLimits(long maxBytes, long maxObjects) {
    static final StorageLimits NONE = new StorageLimits(0, 0);

    /** These, and the others' where these say nothing. */
    StorageLimits over(StorageLimits others) {
        return new StorageLimits(
                maxBytes == 0 ? others.maxBytes : maxBytes, maxObjects == 0 ? others.maxObjects : maxObjects);
    }

    /** Notes every bound that cannot be. */
    void check(String prefix, Violations violations) {
        violations
                .check(maxBytes >= 0, prefix + "max_bytes", maxBytes, ">= 0; 0 follows the configuration")
                .check(maxObjects >= 0, prefix + "max_objects", maxObjects, ">= 0; 0 follows the configuration");
    }
}
