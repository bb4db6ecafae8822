package io.modelmill.training.queue;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelmill.proto.training.v1.TrainingJob;
import io.modelmill.proto.training.worker.v1.AttemptRef;
import io.modelmill.proto.training.worker.v1.GetAssignmentRequest;
import io.modelmill.proto.training.worker.v1.RenewLeaseRequest;
import io.modelmill.proto.training.worker.v1.ReportOutcomeRequest;
import io.modelmill.proto.training.worker.v1.WorkerServiceGrpc;
import io.modelmill.proto.training.worker.v1.Yielded;
import io.modelmill.servicekit.fixture.TestCallers;
import io.modelmill.servicekit.security.Caller;
import io.modelmill.servicekit.security.Role;
import io.modelmill.training.fixture.CleanSlate;
import io.modelmill.training.fixture.Jobs;
import io.modelmill.training.fixture.TrainingServiceTest;
import io.modelmill.training.job.Happening;
import io.modelmill.training.job.Job;
import io.modelmill.training.job.JobLife;
import io.modelmill.training.job.PostgresAttempts;
import io.modelmill.training.resource.Resources;
import io.modelmill.training.resource.Room;
import jakarta.inject.Inject;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two small workers of one tenant take all there is; then another tenant comes. */
@TrainingServiceTest
class PreemptionIT {
    private static final Resources ALL = new Resources(4, 1L << 40, 0);
    private static final Resources HALF = new Resources(2, 1L << 40, 0);
    private static final Room EMPTY = new Room(10, ALL, ALL);
    private static final Room FULL = new Room(10, ALL, Resources.NONE);

    @Inject
    CleanSlate slate;

    @Inject
    JobLife life;

    @Inject
    PostgresAttempts attempts;

    @Inject
    Jdbi jdbi;

    private TestCallers callers;
    private Jobs acme;
    private Jobs bolt;
    private Job first;
    private Job second;

    @BeforeEach
    void fill() {
        slate.still();
        callers = TestCallers.connect();
        acme = new Jobs(callers.tenant("acme"), "acme");
        bolt = new Jobs(callers.tenant("bolt"), "bolt");
        acme.submit("a-1");
        acme.submit("a-2");
        first = life.startNext("test", EMPTY).orElseThrow();
        second = life.startNext("test", EMPTY).orElseThrow();
        take(first);
        take(second);
        bolt.submit("b-1");
        assertThat(life.startNext("test", FULL)).isEmpty();
        assertThat(asked(second)).as("asked at the first look").isFalse();
        assertThat(life.startNext("test", FULL)).isEmpty();
    }

    @AfterEach
    void disconnect() {
        callers.close();
    }

    @Test
    void asksTheYoungestOfWhoHoldsMost() {
        assertThat(asked(first)).isFalse();
        assertThat(asked(second)).isTrue();
        assertThat(life.startNext("test", FULL)).isEmpty();
        assertThat(asked(first)).as("asked for no more than is needed").isFalse();
    }

    @Test
    void jobThatYieldsKeepsItsPlaceInTheQueueAndCountsNoFailure() {
        report(second);
        TrainingJob waits = acme.get(second.name().toString());
        assertThat(waits.getState()).isEqualTo(TrainingJob.State.STATE_QUEUED);
        assertThat(waits.getStateReason()).isEqualTo("waits for its turn again");
        int failures = life.locked(second.name(), locked -> locked.job().failures());
        assertThat(failures).isZero();
        acme.submit("a-3");
        Room half = new Room(9, ALL, HALF);
        assertThat(life.startNext("test", half)).map(job -> job.name().job()).contains("b-1");
        assertThat(life.startNext("test", EMPTY)).map(job -> job.name().job()).contains("a-2");
        assertThat(acme.get(second.name().toString()).getAttemptCount()).isEqualTo(2);
    }

    @Test
    void timeInTheQueueIsNotTheJobsOwn() {
        jdbi.useHandle(handle -> handle.execute(
                "UPDATE training_job SET deadline = clock_timestamp() + interval '10 minutes' WHERE job_id = 'a-2'"));
        report(second);
        Job waits = life.locked(second.name(), locked -> locked.job());
        assertThat(waits.deadline()).isEmpty();
        assertThat(waits.timeLeft().orElseThrow()).isBetween(Duration.ofMinutes(9), Duration.ofMinutes(10));
        assertThat(waits.preemptions()).isEqualTo(1);
        life.startNext("test", EMPTY);
        Job again = life.startNext("test", EMPTY).orElseThrow();
        assertThat(again.name().job()).isEqualTo("a-2");
        assertThat(again.deadline()).isEmpty();
        Job running =
                life.happen(second.name(), new Happening.AssignmentTaken()).orElseThrow();
        assertThat(running.timeLeft()).isEmpty();
        assertThat(running.deadline().orElseThrow())
                .isBetween(
                        Instant.now().plus(Duration.ofMinutes(8)), Instant.now().plus(Duration.ofMinutes(10)));
    }

    @Test
    void interruptsWhoDoesNotStopInTime() {
        assertThat(attempts.askedToYield(Duration.ofHours(1))).isEmpty();
        assertThat(attempts.askedToYield(Duration.ZERO))
                .singleElement()
                .satisfies(attempt -> assertThat(attempt.job()).isEqualTo(second.name()));
        life.happen(second.name(), second.attempt(), new Happening.Yielded(false));
        assertThat(acme.get(second.name().toString()).getState()).isEqualTo(TrainingJob.State.STATE_QUEUED);
        assertThat(attempts.askedToYield(Duration.ZERO)).isEmpty();
    }

    @Test
    void yieldThatNobodyAskedForIsAFailure() {
        report(first);
        assertThat(acme.get(first.name().toString()).getState()).isEqualTo(TrainingJob.State.STATE_RETRY_WAIT);
    }

    @Test
    void asksNobodyWhoGaveItsPlaceTooOften() {
        report(second);
        jdbi.useHandle(handle -> handle.execute("UPDATE training_job SET preemption_count = 3 WHERE tenant = 'acme'"));
        assertThat(life.startNext("test", FULL)).isEmpty();
        assertThat(asked(first)).isFalse();
    }

    private void take(Job job) {
        worker(job)
                .getAssignment(
                        GetAssignmentRequest.newBuilder().setAttempt(ref(job)).build());
    }

    private boolean asked(Job job) {
        return worker(job)
                .renewLease(RenewLeaseRequest.newBuilder().setAttempt(ref(job)).build())
                .getYieldRequested();
    }

    private void report(Job job) {
        worker(job)
                .reportOutcome(ReportOutcomeRequest.newBuilder()
                        .setAttempt(ref(job))
                        .setYielded(Yielded.getDefaultInstance())
                        .build());
    }

    private static AttemptRef ref(Job job) {
        return AttemptRef.newBuilder()
                .setJob(job.name().toString())
                .setFencingToken(job.attempt())
                .build();
    }

    private WorkerServiceGrpc.WorkerServiceBlockingStub worker(Job job) {
        return WorkerServiceGrpc.newBlockingStub(callers.as(
                new Caller(job.name().toString(), Optional.of(job.name().tenant()), Set.of(Role.WORKER))));
    }
}
