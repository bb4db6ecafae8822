package io.modelmill.registry.garbage;

import io.grpc.Context;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.modelmill.proto.registry.v1.CollectGarbageRequest;
import io.modelmill.proto.registry.v1.CollectGarbageResponse;
import io.modelmill.proto.registry.v1.GarbageServiceGrpc;
import io.modelmill.servicekit.grpc.GrpcCalls;
import io.modelmill.servicekit.security.Caller;
import io.modelmill.servicekit.security.Role;
import io.quarkus.grpc.GrpcService;

/** The GarbageService of modelmill.registry.v1. */
@GrpcService
class GarbageGrpcService extends GarbageServiceGrpc.GarbageServiceImplBase {
    private final GrpcCalls calls;
    private final GarbageCollection collection;

    GarbageGrpcService(GrpcCalls calls, GarbageCollection collection) {
        this.calls = calls;
        this.collection = collection;
    }

    @Override
    public void collectGarbage(CollectGarbageRequest request, StreamObserver<CollectGarbageResponse> response) {
        calls.answer(response, () -> {
            Caller.current().require(Role.PLATFORM_ADMIN);
            Context call = Context.current();
            try {
                return GarbageProtoMapper.toProto(
                        request.getValidateOnly()
                                ? collection.forecast(call::isCancelled)
                                : collection.collect(call::isCancelled));
            } catch (CollectionStoppedException e) {
                throw Status.CANCELLED.withDescription("the caller has gone").asRuntimeException();
            }
        });
    }
}
