package io.modelmill.registry.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.util.Durations;
import io.grpc.Status;
import io.modelmill.proto.registry.v1.Alias;
import io.modelmill.proto.registry.v1.AliasRollout;
import io.modelmill.proto.registry.v1.GetRolloutRequest;
import io.modelmill.proto.registry.v1.ModelServiceGrpc;
import io.modelmill.proto.registry.v1.ModelVersion;
import io.modelmill.proto.registry.v1.ReplicaRollout;
import io.modelmill.proto.registry.v1.ReportReplicaRequest;
import io.modelmill.proto.registry.v1.Rollout.State;
import io.modelmill.proto.registry.v1.ServingStateServiceGrpc;
import io.modelmill.proto.registry.v1.UpdateAliasRequest;
import io.modelmill.registry.fixture.Eventually;
import io.modelmill.registry.fixture.OnnxModels;
import io.modelmill.registry.fixture.Refusals;
import io.modelmill.registry.fixture.RegistryIntegrationTest;
import io.modelmill.registry.fixture.RegistryTenant;
import io.modelmill.servicekit.fixture.TestCallers;
import jakarta.inject.Inject;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Replicas that the test plays, and who asks how far they are. */
@RegistryIntegrationTest
class RolloutIT {
    private static final com.google.protobuf.Duration LONG = Durations.fromSeconds(60);

    @Inject
    Jdbi jdbi;

    @Inject
    ReplicaReports reports;

    @Inject
    RolloutWatch watch;

    private TestCallers callers;
    private RegistryTenant tenant;
    private PlayedReplica first;
    private PlayedReplica second;

    @BeforeEach
    void connect() {
        callers = TestCallers.connect();
        tenant = RegistryTenant.fresh(callers);
        forgetReplicas();
        first = new PlayedReplica(callers, "replica-0");
        second = new PlayedReplica(callers, "replica-1");
    }

    @AfterEach
    void disconnect() {
        forgetReplicas();
        callers.close();
    }

    private void forgetReplicas() {
        jdbi.useHandle(handle -> handle.execute("DELETE FROM serving_replica"));
    }

    @Test
    void saysThatNoReplicaIsThere() {
        tenant.createModel("alone");

        io.modelmill.proto.registry.v1.Rollout rollout = rollout("alone", 0);

        assertThat(rollout.getName()).isEqualTo(tenant.name() + "/models/alone/rollout");
        assertThat(rollout.getRevision()).isEqualTo(tenant.model("alone").getRevision());
        assertThat(rollout.getState()).isEqualTo(State.STATE_NO_REPLICAS);
        assertThat(rollout.getReplicasList()).isEmpty();
    }

    @Test
    void tellsHowFarEachReplicaIsWithTheRevisionThatTheMoveAnswered() {
        Alias moved = twoVersions("digits");
        first.open(first.model(name("digits"), moved.getRevision(), 2, AliasRollout.State.STATE_SERVING, 2));
        second.open(second.model(name("digits"), moved.getRevision() - 1, 1, AliasRollout.State.STATE_SERVING, 1));

        io.modelmill.proto.registry.v1.Rollout rollout = rollout("digits", moved.getRevision());
        assertThat(rollout.getState()).isEqualTo(State.STATE_ROLLING_OUT);
        assertThat(rollout.getReplicasList())
                .extracting(ReplicaRollout::getReplica)
                .containsExactly("replica-0", "replica-1");
        assertThat(rollout.getReplicasList())
                .extracting(ReplicaRollout::getState)
                .containsExactly(State.STATE_COMPLETE, State.STATE_ROLLING_OUT);
        assertThat(rollout.getReplicas(1).getAppliedRevision()).isEqualTo(moved.getRevision() - 1);
        assertThat(rollout.getReplicas(1).getAliases(0).getVersion()).isEqualTo(1);
        assertThat(rollout.getReplicas(1).hasUpdateTime()).isTrue();

        second.report(second.model(name("digits"), moved.getRevision(), 2, AliasRollout.State.STATE_LOADING, 1));
        AliasRollout loading = rollout("digits", 0).getReplicas(1).getAliases(0);
        assertThat(loading.getState()).isEqualTo(AliasRollout.State.STATE_LOADING);
        assertThat(loading.getAnsweringVersion()).isEqualTo(1);

        second.report(second.model(name("digits"), moved.getRevision(), 2, AliasRollout.State.STATE_SERVING, 2));
        assertThat(rollout("digits", moved.getRevision()).getState()).isEqualTo(State.STATE_COMPLETE);
    }

    @Test
    void answersAWaitAsSoonAsTheLastReplicaServes() throws Exception {
        Alias moved = twoVersions("awaited");
        first.open(first.model(name("awaited"), moved.getRevision(), 2, AliasRollout.State.STATE_SERVING, 2));
        second.open(second.model(name("awaited"), moved.getRevision(), 2, AliasRollout.State.STATE_LOADING, 1));
        CompletableFuture<io.modelmill.proto.registry.v1.Rollout> waiting = waiting("awaited", moved.getRevision());

        // Of the same model, and nothing that ends the wait.
        first.report(first.model(name("awaited"), moved.getRevision(), 2, AliasRollout.State.STATE_ON_DEMAND, 0));
        assertThat(waiting).isNotDone();
        second.report(second.model(name("awaited"), moved.getRevision(), 2, AliasRollout.State.STATE_SERVING, 2));

        assertThat(waiting.get(30, TimeUnit.SECONDS).getState()).isEqualTo(State.STATE_COMPLETE);
        assertThat(watch.waiting()).as("nobody waits any more").isZero();
    }

    @Test
    void answersAWaitWithTheReasonOfAFailedLoad() throws Exception {
        Alias moved = twoVersions("failing");
        first.open(first.model(name("failing"), moved.getRevision(), 2, AliasRollout.State.STATE_LOADING, 1));
        CompletableFuture<io.modelmill.proto.registry.v1.Rollout> waiting = waiting("failing", moved.getRevision());

        first.report(
                first.model(name("failing"), moved.getRevision(), 2, AliasRollout.State.STATE_FAILED, 1).toBuilder()
                        .setAliases(
                                0,
                                first
                                        .model(name("failing"), 1, 2, AliasRollout.State.STATE_FAILED, 1)
                                        .getAliases(0)
                                        .toBuilder()
                                        .setReason("the file does not have its hash"))
                        .build());

        io.modelmill.proto.registry.v1.Rollout failed = waiting.get(30, TimeUnit.SECONDS);
        assertThat(failed.getState()).isEqualTo(State.STATE_FAILED);
        assertThat(failed.getReplicas(0).getAliases(0).getReason()).isEqualTo("the file does not have its hash");
        assertThat(failed.getReplicas(0).getAliases(0).getAnsweringVersion()).isEqualTo(1);
    }

    @Test
    void answersAWaitAtItsEndWithWhatIs() {
        Alias moved = twoVersions("slow");
        first.open(first.model(name("slow"), moved.getRevision(), 2, AliasRollout.State.STATE_LOADING, 1));

        assertThat(tenant.models()
                        .getRollout(request("slow", moved.getRevision())
                                .setWait(Durations.fromMillis(300))
                                .build())
                        .getState())
                .isEqualTo(State.STATE_ROLLING_OUT);
    }

    @Test
    void waitsForAReplicaThatComes() throws Exception {
        Alias moved = twoVersions("unserved");
        CompletableFuture<io.modelmill.proto.registry.v1.Rollout> waiting = waiting("unserved", moved.getRevision());

        first.open(first.model(name("unserved"), moved.getRevision(), 2, AliasRollout.State.STATE_SERVING, 2));

        assertThat(waiting.get(30, TimeUnit.SECONDS).getState()).isEqualTo(State.STATE_COMPLETE);
    }

    @Test
    void forgetsAWaitWhoseCallerHasGone() {
        Alias moved = twoVersions("left");
        first.open(first.model(name("left"), moved.getRevision(), 2, AliasRollout.State.STATE_LOADING, 1));
        Future<io.modelmill.proto.registry.v1.Rollout> waiting = ModelServiceGrpc.newFutureStub(
                        callers.tenant(tenant.id()))
                .getRollout(request("left", moved.getRevision()).setWait(LONG).build());
        Eventually.see(watch::waiting, count -> count == 1);

        waiting.cancel(true);

        Eventually.see(watch::waiting, count -> count == 0);
    }

    @Test
    void ignoresReportsThatComeAgainOrOutOfOrder() {
        Alias moved = twoVersions("shuffled");
        first.open();
        ReportReplicaRequest early =
                first.next(first.model(name("shuffled"), moved.getRevision(), 2, AliasRollout.State.STATE_LOADING, 1));
        ReportReplicaRequest late =
                first.next(first.model(name("shuffled"), moved.getRevision(), 2, AliasRollout.State.STATE_SERVING, 2));

        first.send(late);
        assertThat(first.send(early).getSession())
                .as("no failure: what it tells is known")
                .isEqualTo(first.session());
        first.send(late);

        assertThat(rollout("shuffled", moved.getRevision()).getState()).isEqualTo(State.STATE_COMPLETE);
    }

    @Test
    void makesUpForALostReportByTheNext() {
        Alias moved = twoVersions("lossy");
        first.open(first.model(name("lossy"), moved.getRevision(), 2, AliasRollout.State.STATE_LOADING, 1));
        first.next(first.model(name("lossy"), moved.getRevision(), 2, AliasRollout.State.STATE_FAILED, 1));

        first.report(first.model(name("lossy"), moved.getRevision(), 2, AliasRollout.State.STATE_SERVING, 2));

        assertThat(rollout("lossy", moved.getRevision()).getState()).isEqualTo(State.STATE_COMPLETE);
    }

    @Test
    void forgetsWhatTheProcessBeforeToldUnderTheName() {
        Alias moved = twoVersions("restarted");
        first.open(first.model(name("restarted"), moved.getRevision(), 2, AliasRollout.State.STATE_SERVING, 2));
        ReportReplicaRequest ofTheDead =
                first.next(first.model(name("restarted"), moved.getRevision(), 2, AliasRollout.State.STATE_SERVING, 2));

        PlayedReplica again = new PlayedReplica(callers, "replica-0");
        again.open();
        assertThat(rollout("restarted", moved.getRevision()).getReplicasList())
                .extracting(ReplicaRollout::getAppliedRevision)
                .as("it has told nothing of the model yet")
                .containsExactly(0L);
        assertThat(rollout("restarted", moved.getRevision()).getState()).isEqualTo(State.STATE_ROLLING_OUT);

        Refusals.of(() -> first.send(ofTheDead)).is(Status.Code.NOT_FOUND, "REPLICA_SESSION_UNKNOWN");
        assertThat(rollout("restarted", moved.getRevision()).getState()).isEqualTo(State.STATE_ROLLING_OUT);
        again.report(again.model(name("restarted"), moved.getRevision(), 2, AliasRollout.State.STATE_SERVING, 2));
        assertThat(rollout("restarted", moved.getRevision()).getState()).isEqualTo(State.STATE_COMPLETE);
    }

    @Test
    void doesNotWaitForAReplicaWhoseLeaseIsOver() throws Exception {
        Alias moved = twoVersions("silent");
        first.open(first.model(name("silent"), moved.getRevision(), 2, AliasRollout.State.STATE_SERVING, 2));
        second.open(second.model(name("silent"), moved.getRevision(), 2, AliasRollout.State.STATE_LOADING, 1));
        CompletableFuture<io.modelmill.proto.registry.v1.Rollout> waiting = waiting("silent", moved.getRevision());
        // As if it had been silent for so long; the first one goes on.
        jdbi.useHandle(handle -> handle.execute("UPDATE serving_replica SET expire_time ="
                + " CASE name WHEN 'replica-1' THEN now() - interval '1 s' ELSE now() + interval '1 h' END"));

        io.modelmill.proto.registry.v1.Rollout rollout = waiting.get(30, TimeUnit.SECONDS);
        assertThat(rollout.getState()).isEqualTo(State.STATE_COMPLETE);
        assertThat(rollout.getReplicasList())
                .extracting(ReplicaRollout::getReplica)
                .containsExactly("replica-0");

        second.report();
        assertThat(rollout("silent", 0).getReplicasCount())
                .as("one that was merely late is there again")
                .isEqualTo(2);
    }

    @Test
    void waitsForAllReplicasThatWereThereBeforeTheRegistryWasAway() {
        Alias moved = twoVersions("outage");
        first.open(first.model(name("outage"), moved.getRevision(), 2, AliasRollout.State.STATE_SERVING, 2));
        second.open(second.model(name("outage"), moved.getRevision(), 2, AliasRollout.State.STATE_LOADING, 1));
        // As if nobody had taken reports for so long.
        jdbi.useHandle(handle -> handle.execute("UPDATE serving_replica SET expire_time = now() - interval '5 min'"));
        reports.sweep();

        first.report();

        assertThat(rollout("outage", moved.getRevision()).getReplicasList())
                .extracting(ReplicaRollout::getState)
                .as("the other one has only not come yet")
                .containsExactly(State.STATE_COMPLETE, State.STATE_ROLLING_OUT);
        second.report(second.model(name("outage"), moved.getRevision(), 2, AliasRollout.State.STATE_SERVING, 2));
        assertThat(rollout("outage", moved.getRevision()).getState()).isEqualTo(State.STATE_COMPLETE);
    }

    @Test
    void removesWhatGoneReplicasTold() {
        Alias moved = twoVersions("swept");
        first.open(first.model(name("swept"), moved.getRevision(), 2, AliasRollout.State.STATE_SERVING, 2));
        second.open(second.model(name("swept"), moved.getRevision(), 2, AliasRollout.State.STATE_SERVING, 2));
        jdbi.useHandle(handle -> handle.execute("UPDATE serving_replica SET expire_time ="
                + " CASE name WHEN 'replica-1' THEN now() - interval '2 min' ELSE now() + interval '1 h' END"));

        reports.sweep();

        assertThat(rows("serving_replica")).isEqualTo(1);
        assertThat(rows("serving_replica_model")).isEqualTo(1);
        Refusals.of(() -> second.report()).is(Status.Code.NOT_FOUND, "REPLICA_SESSION_UNKNOWN");
    }

    @Test
    void takesAReplicaThatLeavesOffTheListAtOnce() {
        Alias moved = twoVersions("draining");
        first.open(first.model(name("draining"), moved.getRevision(), 2, AliasRollout.State.STATE_SERVING, 2));
        second.open(second.model(name("draining"), moved.getRevision(), 2, AliasRollout.State.STATE_LOADING, 1));

        assertThat(second.leave().getSession()).isEmpty();

        assertThat(rollout("draining", 0).getReplicasList())
                .extracting(ReplicaRollout::getReplica)
                .containsExactly("replica-0");
        assertThat(rows("serving_replica_model")).isEqualTo(1);
        assertThat(second.leave().getSession()).as("said twice").isEmpty();
    }

    @Test
    void forgetsModelsThatAreGoneFromAReplica() {
        Alias moved = twoVersions("removed");
        first.open(first.model(name("removed"), moved.getRevision(), 2, AliasRollout.State.STATE_SERVING, 2));

        first.send(first.next().toBuilder().addRemovedModels(name("removed")).build());

        assertThat(rollout("removed", 0).getReplicas(0).getAppliedRevision()).isZero();
        assertThat(rollout("removed", 0).getReplicas(0).hasUpdateTime()).isFalse();
    }

    @Test
    void tellsNothingOfForeignModels() {
        tenant.createModel("own");
        RegistryTenant stranger = RegistryTenant.fresh(callers);

        for (String model : List.of("own", "none")) {
            Refusals.of(() -> tenant.as(callers.tenant(stranger.id()))
                            .models()
                            .getRollout(request(model, 0).build()))
                    .is(Status.Code.NOT_FOUND, "RESOURCE_NOT_FOUND");
        }
        Refusals.of(() -> rollout("none", 0)).is(Status.Code.NOT_FOUND, "RESOURCE_NOT_FOUND");
    }

    @Test
    void refusesWaitsAndRevisionsThatCannotBe() {
        tenant.createModel("asked");
        GetRolloutRequest.Builder asked = request("asked", 0);

        Refusals.of(() -> tenant.models().getRollout(request("asked", -1).build()))
                .isInvalid("revision");
        Refusals.of(() -> tenant.models().getRollout(request("asked", 2).build()))
                .is(Status.Code.OUT_OF_RANGE, "REVISION_UNKNOWN");
        Refusals.of(() -> tenant.models()
                        .getRollout(asked.setWait(Durations.fromMillis(60_001)).build()))
                .isInvalid("wait");
        Refusals.of(() -> tenant.models()
                        .getRollout(asked.setWait(Durations.fromMillis(-1)).build()))
                .isInvalid("wait");
        Refusals.of(() -> tenant.models()
                        .getRollout(asked.setWait(com.google.protobuf.Duration.newBuilder()
                                        .setSeconds(1)
                                        .setNanos(-1))
                                .build()))
                .isInvalid("wait");
        Refusals.of(() -> tenant.models()
                        .getRollout(asked.clearWait().setName(name("asked")).build()))
                .isInvalid("name");
    }

    @Test
    void takesReportsOfServicesAlone() {
        Refusals.of(() -> ServingStateServiceGrpc.newBlockingStub(callers.tenant(tenant.id()))
                        .reportReplica(first.next()))
                .is(Status.Code.PERMISSION_DENIED, "ROLE_MISSING");
    }

    @Test
    void namesAllThatIsWrongWithAReport() {
        Refusals.of(() -> first.send(ReportReplicaRequest.newBuilder()
                        .setReplica("no spaces")
                        .setSession("x")
                        .build()))
                .isInvalid("replica", "session", "sequence");
        AliasRollout twice = AliasRollout.newBuilder()
                .setAlias("production")
                .setVersion(1)
                .setState(AliasRollout.State.STATE_SERVING)
                .build();
        Refusals.of(() -> first.send(first
                        .next(first.model("x", 0, 0, AliasRollout.State.STATE_UNSPECIFIED, -1).toBuilder()
                                .setAliases(
                                        0,
                                        AliasRollout.newBuilder()
                                                .setAlias("A")
                                                .setAnsweringVersion(-1)
                                                .setReason("r".repeat(1_001)))
                                .addAliases(twice)
                                .addAliases(twice)
                                .build())
                        .toBuilder()
                        .addRemovedModels("y")
                        .build()))
                .isInvalid(
                        "models[0].applied_revision",
                        "models[0].aliases[0].alias",
                        "models[0].aliases[0].version",
                        "models[0].aliases[0].answering_version",
                        "models[0].aliases[0].reason",
                        "models[0].aliases[0].state",
                        "models[0].aliases[2].alias",
                        "models[0].model",
                        "removed_models[0]");
    }

    /** Two versions, `production` moved from the first to the second. */
    private Alias twoVersions(String modelId) {
        tenant.createModel(modelId);
        tenant.publish(modelId, OnnxModels.classifier(2, 2));
        ModelVersion next = tenant.publish(modelId, OnnxModels.classifier(3, 2));
        Alias moved = tenant.models()
                .updateAlias(UpdateAliasRequest.newBuilder()
                        .setAlias(Alias.newBuilder()
                                .setName(name(modelId) + "/aliases/production")
                                .setVersion(next.getName()))
                        .build());
        assertThat(moved.getRevision()).isEqualTo(tenant.model(modelId).getRevision());
        return moved;
    }

    private String name(String modelId) {
        return tenant.name() + "/models/" + modelId;
    }

    private io.modelmill.proto.registry.v1.Rollout rollout(String modelId, long revision) {
        return tenant.models().getRollout(request(modelId, revision).build());
    }

    private GetRolloutRequest.Builder request(String modelId, long revision) {
        return GetRolloutRequest.newBuilder()
                .setName(name(modelId) + "/rollout")
                .setRevision(revision);
    }

    /** A call that waits already when this returns. */
    private CompletableFuture<io.modelmill.proto.registry.v1.Rollout> waiting(String modelId, long revision) {
        int before = watch.waiting();
        CompletableFuture<io.modelmill.proto.registry.v1.Rollout> answer =
                CompletableFuture.supplyAsync(() -> tenant.models()
                        .getRollout(request(modelId, revision).setWait(LONG).build()));
        Eventually.see(watch::waiting, count -> count > before);
        return answer;
    }

    private long rows(String table) {
        return jdbi.withHandle(handle -> handle.createQuery("SELECT count(*) FROM " + table)
                .mapTo(Long.class)
                .one());
    }
}
