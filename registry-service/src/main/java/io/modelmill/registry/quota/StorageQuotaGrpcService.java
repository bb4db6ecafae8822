package io.modelmill.registry.quota;

import io.grpc.stub.StreamObserver;
import io.modelmill.proto.registry.v1.GetStorageQuotaRequest;
import io.modelmill.proto.registry.v1.StorageQuota;
import io.modelmill.proto.registry.v1.StorageQuotaServiceGrpc;
import io.modelmill.proto.registry.v1.UpdateStorageQuotaRequest;
import io.modelmill.servicekit.grpc.GrpcCalls;
import io.modelmill.servicekit.resourcename.ResourceNamePattern;
import io.modelmill.servicekit.security.Caller;
import io.modelmill.servicekit.security.Role;
import io.quarkus.grpc.GrpcService;

/** The StorageQuotaService of modelmill.registry.v1. */
@GrpcService
class StorageQuotaGrpcService extends StorageQuotaServiceGrpc.StorageQuotaServiceImplBase {
    private static final ResourceNamePattern NAME = ResourceNamePattern.of("tenants/{tenant}/storageQuota");

    private final GrpcCalls calls;
    private final StorageQuotas quotas;

    StorageQuotaGrpcService(GrpcCalls calls, StorageQuotas quotas) {
        this.calls = calls;
        this.quotas = quotas;
    }

    @Override
    public void getStorageQuota(GetStorageQuotaRequest request, StreamObserver<StorageQuota> response) {
        calls.answer(response, () -> {
            String tenant = NAME.parse(request.getName(), "name").getFirst();
            Caller caller = Caller.current();
            if (!caller.has(Role.PLATFORM_ADMIN)) {
                caller.requireTenant(tenant, request.getName(), Role.TENANT);
            }
            return StorageQuotaProtoMapper.toProto(request.getName(), quotas.get(tenant));
        });
    }

    @Override
    public void updateStorageQuota(UpdateStorageQuotaRequest request, StreamObserver<StorageQuota> response) {
        calls.answer(response, () -> {
            Caller.current().require(Role.PLATFORM_ADMIN);
            StorageQuota asked = request.getStorageQuota();
            String tenant = NAME.parse(asked.getName(), "storage_quota.name").getFirst();
            return StorageQuotaProtoMapper.toProto(
                    asked.getName(),
                    quotas.update(tenant, StorageQuotaProtoMapper.limits(asked.getGranted()), asked.getEtag()));
        });
    }
}
