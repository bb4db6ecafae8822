package io.modelmill.gateway.routing;

import io.modelmill.gateway.auth.CallerTokens;
import io.modelmill.proto.registry.v1.LineageServiceGrpc;
import io.quarkus.grpc.GrpcService;
import jakarta.inject.Named;

/** Where versions come from, of registry-service. */
@GrpcService
class LineageServiceProxy extends ForwardedServiceProxy {
    LineageServiceProxy(
            @Named(BackendChannels.REGISTRY) Backend backend, CallerTokens tokens, BackendsConfig.Routing config) {
        super(LineageServiceGrpc.getServiceDescriptor(), backend, tokens, config);
    }
}
