package io.modelmill.gateway.routing;

import io.modelmill.gateway.auth.CallerTokens;
import io.modelmill.proto.training.v1.TenantQuotaServiceGrpc;
import io.quarkus.grpc.GrpcService;
import jakarta.inject.Named;

/** Quotas of training, of training-service. */
@GrpcService
class TenantQuotaServiceProxy extends ForwardedServiceProxy {
    TenantQuotaServiceProxy(
            @Named(BackendChannels.TRAINING) Backend backend, CallerTokens tokens, BackendsConfig.Routing config) {
        super(TenantQuotaServiceGrpc.getServiceDescriptor(), backend, tokens, config);
    }
}
