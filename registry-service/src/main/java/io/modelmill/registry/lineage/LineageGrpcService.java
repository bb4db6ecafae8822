package io.modelmill.registry.lineage;

import io.grpc.stub.StreamObserver;
import io.modelmill.proto.registry.v1.GetLineageRequest;
import io.modelmill.proto.registry.v1.LineageResource;
import io.modelmill.proto.registry.v1.LineageServiceGrpc;
import io.modelmill.servicekit.error.Violations;
import io.modelmill.servicekit.grpc.GrpcCalls;
import io.modelmill.servicekit.resourcename.ResourceNamePattern;
import io.modelmill.servicekit.security.Caller;
import io.modelmill.servicekit.security.Role;
import io.quarkus.grpc.GrpcService;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The LineageService of modelmill.registry.v1. */
@GrpcService
class LineageGrpcService extends LineageServiceGrpc.LineageServiceImplBase {
    private static final List<ResourceNamePattern> STARTS = Stream.of(
                    "tenants/{tenant}/models/{model}/versions/{version:number}",
                    "tenants/{tenant}/datasets/{dataset}/versions/{version:number}",
                    "tenants/{tenant}/trainingJobs/{job}")
            .map(ResourceNamePattern::of)
            .toList();

    private final GrpcCalls calls;
    private final LineageWalk lineage;

    LineageGrpcService(GrpcCalls calls, LineageWalk lineage) {
        this.calls = calls;
        this.lineage = lineage;
    }

    @Override
    public void getLineage(
            GetLineageRequest request, StreamObserver<io.modelmill.proto.registry.v1.LineageGraph> response) {
        calls.answer(response, () -> {
            String tenant = STARTS.stream()
                    .map(start -> start.match(request.getName()))
                    .flatMap(Optional::stream)
                    .findFirst()
                    .orElseThrow(() -> Violations.of("name", request.getName(), "one of " + STARTS))
                    .getFirst();
            Caller.current().requireTenant(tenant, request.getName(), Role.TENANT);
            return toProto(lineage.walk(tenant, request.getName(), direction(request), request.getMaxSteps()));
        });
    }

    private static Direction direction(GetLineageRequest request) {
        return switch (request.getDirection()) {
            case DIRECTION_UNSPECIFIED -> Direction.BOTH;
            case DIRECTION_UPSTREAM -> Direction.UPSTREAM;
            case DIRECTION_DOWNSTREAM -> Direction.DOWNSTREAM;
            case UNRECOGNIZED ->
                throw Violations.of(
                        "direction",
                        request.getDirectionValue(),
                        "DIRECTION_UPSTREAM, DIRECTION_DOWNSTREAM or unspecified");
        };
    }

    private static io.modelmill.proto.registry.v1.LineageGraph toProto(LineageGraph graph) {
        var message = io.modelmill.proto.registry.v1.LineageGraph.newBuilder().setTruncated(!graph.complete());
        graph.steps()
                .forEach((name, steps) -> message.addResources(
                        LineageResource.newBuilder().setName(name).setSteps(steps)));
        graph.links()
                .forEach(link -> message.addLinks(io.modelmill.proto.registry.v1.LineageLink.newBuilder()
                        .setSource(link.source())
                        .setTarget(link.target())));
        return message.build();
    }
}
