package io.modelmill.gateway.routing;

import io.modelmill.gateway.auth.CallerTokens;
import io.modelmill.proto.registry.v1.ModelServiceGrpc;
import io.quarkus.grpc.GrpcService;
import jakarta.inject.Named;

/** Models, versions and aliases, of registry-service. */
@GrpcService
class ModelServiceProxy extends ForwardedServiceProxy {
    ModelServiceProxy(
            @Named(BackendChannels.REGISTRY) Backend backend, CallerTokens tokens, BackendsConfig.Routing config) {
        super(ModelServiceGrpc.getServiceDescriptor(), backend, tokens, config);
    }
}
