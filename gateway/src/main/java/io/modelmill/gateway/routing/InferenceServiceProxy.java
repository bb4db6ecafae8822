package io.modelmill.gateway.routing;

import io.modelmill.gateway.auth.CallerTokens;
import io.modelmill.proto.inference.GRPCInferenceServiceGrpc;
import io.quarkus.grpc.GrpcService;

/** Predictions, of inference-service. */
@GrpcService
class InferenceServiceProxy extends ForwardedServiceProxy {
    InferenceServiceProxy(InferenceBackend backend, CallerTokens tokens, BackendsConfig.Routing config) {
        super(GRPCInferenceServiceGrpc.getServiceDescriptor(), backend, tokens, config);
    }
}
