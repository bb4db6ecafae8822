package io.modelmill.gateway.routing;

import io.modelmill.gateway.auth.CallerTokens;
import io.modelmill.proto.registry.v1.DatasetServiceGrpc;
import io.quarkus.grpc.GrpcService;
import jakarta.inject.Named;

/** Data sets, of registry-service. */
@GrpcService
class DatasetServiceProxy extends ForwardedServiceProxy {
    DatasetServiceProxy(
            @Named(BackendChannels.REGISTRY) Backend backend, CallerTokens tokens, BackendsConfig.Routing config) {
        super(DatasetServiceGrpc.getServiceDescriptor(), backend, tokens, config);
    }
}
