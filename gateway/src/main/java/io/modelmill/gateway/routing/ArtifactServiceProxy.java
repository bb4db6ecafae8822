package io.modelmill.gateway.routing;

import io.modelmill.gateway.auth.CallerTokens;
import io.modelmill.proto.registry.v1.ArtifactServiceGrpc;
import io.quarkus.grpc.GrpcService;
import jakarta.inject.Named;

/** Bytes of files, of registry-service. */
@GrpcService
class ArtifactServiceProxy extends ForwardedServiceProxy {
    ArtifactServiceProxy(
            @Named(BackendChannels.REGISTRY) Backend backend, CallerTokens tokens, BackendsConfig.Routing config) {
        super(ArtifactServiceGrpc.getServiceDescriptor(), backend, tokens, config);
    }
}
