package io.modelmill.gateway.routing;

import io.modelmill.gateway.auth.CallerTokens;
import io.modelmill.proto.registry.v1.GarbageServiceGrpc;
import io.quarkus.grpc.GrpcService;
import jakarta.inject.Named;

/** Collections of garbage, of registry-service. */
@GrpcService
class GarbageServiceProxy extends ForwardedServiceProxy {
    GarbageServiceProxy(
            @Named(BackendChannels.REGISTRY) Backend backend, CallerTokens tokens, BackendsConfig.Routing config) {
        super(GarbageServiceGrpc.getServiceDescriptor(), backend, tokens, config);
    }
}
