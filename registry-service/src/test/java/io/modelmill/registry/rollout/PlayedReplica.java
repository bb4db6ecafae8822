package io.modelmill.registry.rollout;

import io.modelmill.proto.registry.v1.AliasRollout;
import io.modelmill.proto.registry.v1.ReplicaModel;
import io.modelmill.proto.registry.v1.ReportReplicaRequest;
import io.modelmill.proto.registry.v1.ReportReplicaResponse;
import io.modelmill.proto.registry.v1.ServingStateServiceGrpc;
import io.modelmill.servicekit.fixture.TestCallers;
import java.util.Arrays;

/** A replica of inference-service, as far as the registry knows. */
final class PlayedReplica {
    private final ServingStateServiceGrpc.ServingStateServiceBlockingStub registry;
    private final String name;
    private String session = "";
    private long sequence;

    PlayedReplica(TestCallers callers, String name) {
        this.registry = ServingStateServiceGrpc.newBlockingStub(callers.service("inference-service"));
        this.name = name;
    }

    String session() {
        return session;
    }

    /** What it has of a model with the alias `production`. */
    ReplicaModel model(String model, long revision, long version, AliasRollout.State state, long answering) {
        return ReplicaModel.newBuilder()
                .setModel(model)
                .setAppliedRevision(revision)
                .addAliases(AliasRollout.newBuilder()
                        .setAlias("production")
                        .setVersion(version)
                        .setState(state)
                        .setAnsweringVersion(answering))
                .build();
    }

    /** The first report of a process. */
    void open(ReplicaModel... models) {
        session = send(next(models)).getSession();
    }

    /** A report of the session. */
    void report(ReplicaModel... models) {
        session = send(next(models)).getSession();
    }

    ReportReplicaResponse leave() {
        return send(next().toBuilder().setLeaving(true).build());
    }

    /** The next report, which is not sent yet. */
    ReportReplicaRequest next(ReplicaModel... models) {
        return ReportReplicaRequest.newBuilder()
                .setReplica(name)
                .setSession(session)
                .setSequence(++sequence)
                .addAllModels(Arrays.asList(models))
                .build();
    }

    ReportReplicaResponse send(ReportReplicaRequest report) {
        return registry.reportReplica(report);
    }
}
