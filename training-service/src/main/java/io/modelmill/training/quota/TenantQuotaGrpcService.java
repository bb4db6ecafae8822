package io.modelmill.training.quota;

import io.grpc.stub.StreamObserver;
import io.modelmill.proto.training.v1.GetTenantQuotaRequest;
import io.modelmill.proto.training.v1.SetTenantQuotaRequest;
import io.modelmill.proto.training.v1.TenantQuota;
import io.modelmill.proto.training.v1.TenantQuotaServiceGrpc;
import io.modelmill.servicekit.grpc.GrpcCalls;
import io.modelmill.servicekit.resourcename.ResourceNamePattern;
import io.modelmill.servicekit.security.Caller;
import io.modelmill.servicekit.security.Role;
import io.quarkus.grpc.GrpcService;

/** The API of quotas. */
@GrpcService
class TenantQuotaGrpcService extends TenantQuotaServiceGrpc.TenantQuotaServiceImplBase {
    private static final ResourceNamePattern NAME = ResourceNamePattern.of("tenants/{tenant}/trainingQuota");

    private final GrpcCalls calls;
    private final TenantQuotas quotas;

    TenantQuotaGrpcService(GrpcCalls calls, TenantQuotas quotas) {
        this.calls = calls;
        this.quotas = quotas;
    }

    @Override
    public void getTenantQuota(GetTenantQuotaRequest request, StreamObserver<TenantQuota> response) {
        calls.answer(response, () -> {
            String tenant = NAME.parse(request.getName(), "name").getFirst();
            Caller caller = Caller.current();
            if (!caller.has(Role.PLATFORM_ADMIN)) {
                caller.requireTenant(tenant, request.getName(), Role.TENANT);
            }
            return TenantQuotaProtoMapper.quota(request.getName(), quotas.get(tenant));
        });
    }

    @Override
    public void setTenantQuota(SetTenantQuotaRequest request, StreamObserver<TenantQuota> response) {
        calls.answer(response, () -> {
            Caller.current().require(Role.PLATFORM_ADMIN);
            String tenant = NAME.parse(request.getName(), "name").getFirst();
            return TenantQuotaProtoMapper.quota(
                    request.getName(), quotas.set(tenant, TenantQuotaProtoMapper.grant(request.getGranted())));
        });
    }
}
