package io.modelmill.gateway.routing;

import io.modelmill.gateway.auth.CallerTokens;
import io.modelmill.proto.registry.v1.StorageQuotaServiceGrpc;
import io.quarkus.grpc.GrpcService;
import jakarta.inject.Named;

/** Quotas of storage, of registry-service. */
@GrpcService
class StorageQuotaServiceProxy extends ForwardedServiceProxy {
    StorageQuotaServiceProxy(
            @Named(BackendChannels.REGISTRY) Backend backend, CallerTokens tokens, BackendsConfig.Routing config) {
        super(StorageQuotaServiceGrpc.getServiceDescriptor(), backend, tokens, config);
    }
}
