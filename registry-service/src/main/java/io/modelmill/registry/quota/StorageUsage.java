package io.modelmill.registry.quota;

/** What a tenant keeps, and what its open uploads announced. Files that are there twice are one. */
record StorageUsage(long storedBytes, long storedObjects, long uploadingBytes, long uploadingObjects) {
    static final StorageUsage NONE = new StorageUsage(0, 0, 0, 0);

    long bytes() {
        return storedBytes + uploadingBytes;
    }

    long objects() {
        return storedObjects + uploadingObjects;
    }
}
