package io.modelmill.gateway.routing;

import io.modelmill.gateway.auth.CallerTokens;
import io.modelmill.proto.training.v1.SweepServiceGrpc;
import io.quarkus.grpc.GrpcService;
import jakarta.inject.Named;

/** Searches for settings, of training-service. */
@GrpcService
class SweepServiceProxy extends ForwardedServiceProxy {
    SweepServiceProxy(
            @Named(BackendChannels.TRAINING) Backend backend, CallerTokens tokens, BackendsConfig.Routing config) {
        super(SweepServiceGrpc.getServiceDescriptor(), backend, tokens, config);
    }
}
