package io.modelmill.inference.rollout;

import com.google.protobuf.util.Durations;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.modelmill.inference.model.ModelKey;
import io.modelmill.proto.registry.v1.AliasRollout;
import io.modelmill.proto.registry.v1.ReplicaModel;
import io.modelmill.proto.registry.v1.ReportReplicaRequest;
import io.modelmill.proto.registry.v1.ReportReplicaResponse;
import io.modelmill.proto.registry.v1.ServingStateServiceGrpc;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Speaks to registry-service. */
final class ReportClient implements ReportTaker {
    /** Shorter than the lease: another replica of the registry may take the next one. */
    private static final Duration DEADLINE = Duration.ofSeconds(3);

    private static final int LONGEST_REASON = 1_000;

    private final ManagedChannel channel;

    /** @param channel sends this service's own token with every call */
    ReportClient(ManagedChannel channel) {
        this.channel = channel;
    }

    @Override
    public Optional<Taken> take(ReplicaReport report) {
        try {
            ReportReplicaResponse response = ServingStateServiceGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(DEADLINE.toMillis(), TimeUnit.MILLISECONDS)
                    .reportReplica(request(report));
            return Optional.of(
                    new Taken(response.getSession(), Duration.ofMillis(Durations.toMillis(response.getLease()))));
        } catch (StatusRuntimeException failure) {
            if (failure.getStatus().getCode() == Status.Code.NOT_FOUND) {
                return Optional.empty();
            }
            // By itself it would wait up to two minutes before it looks whether the registry is back.
            channel.resetConnectBackoff();
            throw failure;
        }
    }

    private static ReportReplicaRequest request(ReplicaReport report) {
        return ReportReplicaRequest.newBuilder()
                .setReplica(report.replica())
                .setSession(report.session().orElse(""))
                .setSequence(report.sequence())
                .addAllModels(report.models().stream().map(ReportClient::model).toList())
                .addAllRemovedModels(
                        report.removed().stream().map(ModelKey::resourceName).toList())
                .setLeaving(report.leaving())
                .build();
    }

    private static ReplicaModel model(ModelProgress progress) {
        ReplicaModel.Builder model = ReplicaModel.newBuilder()
                .setModel(progress.model().resourceName())
                .setAppliedRevision(progress.revision());
        progress.aliases().entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .forEach(alias -> model.addAliases(alias(alias.getKey(), alias.getValue())));
        return model.build();
    }

    private static AliasRollout alias(String id, AliasProgress progress) {
        String reason = progress.reason();
        return AliasRollout.newBuilder()
                .setAlias(id)
                .setVersion(progress.version())
                .setState(
                        switch (progress.phase()) {
                            case LOADING -> AliasRollout.State.STATE_LOADING;
                            case SERVING -> AliasRollout.State.STATE_SERVING;
                            case FAILED -> AliasRollout.State.STATE_FAILED;
                            case ON_DEMAND -> AliasRollout.State.STATE_ON_DEMAND;
                            case WITHDRAWN -> AliasRollout.State.STATE_WITHDRAWN;
                        })
                .setReason(reason.length() <= LONGEST_REASON ? reason : reason.substring(0, LONGEST_REASON))
                .setAnsweringVersion(progress.answeringVersion())
                .build();
    }
}
