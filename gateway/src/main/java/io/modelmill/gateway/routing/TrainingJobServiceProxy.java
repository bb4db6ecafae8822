package io.modelmill.gateway.routing;

import io.modelmill.gateway.auth.CallerTokens;
import io.modelmill.proto.training.v1.TrainingJobServiceGrpc;
import io.quarkus.grpc.GrpcService;
import jakarta.inject.Named;

/** Training jobs, of training-service. */
@GrpcService
class TrainingJobServiceProxy extends ForwardedServiceProxy {
    TrainingJobServiceProxy(
            @Named(BackendChannels.TRAINING) Backend backend, CallerTokens tokens, BackendsConfig.Routing config) {
        super(TrainingJobServiceGrpc.getServiceDescriptor(), backend, tokens, config);
    }
}
