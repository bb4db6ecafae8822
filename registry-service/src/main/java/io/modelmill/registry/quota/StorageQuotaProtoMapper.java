package io.modelmill.registry.quota;

import io.modelmill.proto.registry.v1.StorageQuota;

/** Quotas as messages. */
final class StorageQuotaProtoMapper {
    private StorageQuotaProtoMapper() {}

    static StorageLimits limits(io.modelmill.proto.registry.v1.StorageLimits message) {
        return new StorageLimits(message.getMaxBytes(), message.getMaxObjects());
    }

    static StorageQuota toProto(String name, StorageQuotas.State state) {
        StorageUsage usage = state.usage();
        return StorageQuota.newBuilder()
                .setName(name)
                .setGranted(toProto(state.granted()))
                .setEffective(toProto(state.effective()))
                .setUsage(io.modelmill.proto.registry.v1.StorageUsage.newBuilder()
                        .setStoredBytes(usage.storedBytes())
                        .setStoredObjects(usage.storedObjects())
                        .setUploadingBytes(usage.uploadingBytes())
                        .setUploadingObjects(usage.uploadingObjects()))
                .setEtag(state.etag())
                .build();
    }

    private static io.modelmill.proto.registry.v1.StorageLimits toProto(StorageLimits limits) {
        return io.modelmill.proto.registry.v1.StorageLimits.newBuilder()
                .setMaxBytes(limits.maxBytes())
                .setMaxObjects(limits.maxObjects())
                .build();
    }
}
