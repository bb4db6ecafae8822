package io.modelmill.registry.api;

import com.google.protobuf.util.Durations;
import io.grpc.stub.StreamObserver;
import io.modelmill.proto.registry.v1.ListServingStatesRequest;
import io.modelmill.proto.registry.v1.ListServingStatesResponse;
import io.modelmill.proto.registry.v1.ModelVersion;
import io.modelmill.proto.registry.v1.QuarantineModelVersionRequest;
import io.modelmill.proto.registry.v1.ReportReplicaRequest;
import io.modelmill.proto.registry.v1.ReportReplicaResponse;
import io.modelmill.proto.registry.v1.ServingState;
import io.modelmill.proto.registry.v1.ServingStateServiceGrpc;
import io.modelmill.registry.database.PageBytes;
import io.modelmill.registry.rollout.ReplicaReport;
import io.modelmill.registry.rollout.ReplicaReports;
import io.modelmill.registry.serving.ModelKey;
import io.modelmill.registry.serving.ServingProtoMapper;
import io.modelmill.registry.serving.ServingStates;
import io.modelmill.registry.version.ModelVersions;
import io.modelmill.registry.version.VersionKey;
import io.modelmill.servicekit.error.Violations;
import io.modelmill.servicekit.grpc.GrpcCalls;
import io.modelmill.servicekit.paging.Page;
import io.modelmill.servicekit.paging.PageRequest;
import io.modelmill.servicekit.resourcename.ResourceNamePattern;
import io.modelmill.servicekit.security.Caller;
import io.modelmill.servicekit.security.Role;
import io.quarkus.grpc.GrpcService;
import java.util.List;
import java.util.UUID;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.transaction.TransactionIsolationLevel;

/** The ServingStateService of modelmill.registry.v1. */
@GrpcService
class ServingStateGrpcService extends ServingStateServiceGrpc.ServingStateServiceImplBase {
    private static final ResourceNamePattern MODEL = ResourceNamePattern.of("tenants/{tenant}/models/{model}");
    private static final ResourceNamePattern VERSION =
            ResourceNamePattern.of("tenants/{tenant}/models/{model}/versions/{version:number}");
    private static final ModelKey BEGINNING = new ModelKey("", "");

    private final GrpcCalls calls;
    private final Jdbi jdbi;
    private final ModelVersions versions;
    private final ReplicaReports reports;

    ServingStateGrpcService(GrpcCalls calls, Jdbi jdbi, ModelVersions versions, ReplicaReports reports) {
        this.calls = calls;
        this.jdbi = jdbi;
        this.versions = versions;
        this.reports = reports;
    }

    @Override
    public void listServingStates(
            ListServingStatesRequest request, StreamObserver<ListServingStatesResponse> response) {
        calls.answer(response, () -> {
            Caller.current().require(Role.SERVICE);
            PageRequest paging = PageRequest.of(request.getPageSize(), request.getPageToken());
            ModelKey after = after(paging, request.getPageToken());
            List<ServingState> read = jdbi
                    .inTransaction(
                            TransactionIsolationLevel.REPEATABLE_READ,
                            transaction -> ServingStates.list(transaction, after, paging.limit()))
                    .stream()
                    .map(ServingProtoMapper::toProto)
                    .toList();
            Page<ServingState> page =
                    PageBytes.cut(paging, read, ServingState::getSerializedSize).page(read, ServingState::getModel);
            return ListServingStatesResponse.newBuilder()
                    .addAllServingStates(page.items())
                    .setNextPageToken(page.nextPageToken())
                    .build();
        });
    }

    @Override
    public void quarantineModelVersion(QuarantineModelVersionRequest request, StreamObserver<ModelVersion> response) {
        calls.answer(response, () -> {
            Caller.current().require(Role.SERVICE);
            List<String> ids = VERSION.parse(request.getName(), "name");
            VersionKey key = new VersionKey(new ModelKey(ids.getFirst(), ids.get(1)), Long.parseLong(ids.get(2)));
            return VersionProtoMapper.toProto(versions.quarantine(key, request.getReason()));
        });
    }

    @Override
    public void reportReplica(ReportReplicaRequest request, StreamObserver<ReportReplicaResponse> response) {
        calls.answer(response, () -> {
            Caller.current().require(Role.SERVICE);
            ReplicaReport report = RolloutProtoMapper.report(request);
            return ReportReplicaResponse.newBuilder()
                    .setSession(reports.take(report).map(UUID::toString).orElse(""))
                    .setLease(Durations.fromMillis(reports.lease().toMillis()))
                    .build();
        });
    }

    private static ModelKey after(PageRequest paging, String token) {
        if (paging.after().isEmpty()) {
            return BEGINNING;
        }
        List<String> ids = MODEL.match(paging.after())
                .orElseThrow(() -> Violations.of("page_token", token, "next_page_token of an earlier answer"));
        return new ModelKey(ids.getFirst(), ids.get(1));
    }
}
