package io.modelmill.training.run;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.util.Durations;
import io.modelmill.proto.training.v1.JobEvent;
import io.modelmill.proto.training.v1.TrainingJob;
import io.modelmill.servicekit.fixture.TestCallers;
import io.modelmill.training.fixture.Await;
import io.modelmill.training.fixture.CleanSlate;
import io.modelmill.training.fixture.FakeRegistryServer;
import io.modelmill.training.fixture.Jobs;
import io.modelmill.training.fixture.Rooms;
import io.modelmill.training.fixture.TrainingServiceTest;
import io.modelmill.training.job.Attempt;
import io.modelmill.training.job.JobLife;
import io.modelmill.training.job.PostgresAttempts;
import io.modelmill.training.run.local.LocalRunner;
import io.modelmill.training.run.local.LocalRunnerConfig;
import io.modelmill.training.run.local.WorkerCommand;
import io.modelmill.training.schedule.BackgroundWork;
import io.smallrye.common.annotation.Identifier;
import jakarta.inject.Inject;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Whatever dies when: a job ends once and makes at most one version. */
@TrainingServiceTest
class RecoveryIT {
    @Inject
    CleanSlate slate;

    @Inject
    BackgroundWork background;

    @Inject
    @Identifier("local")
    LocalRunner runner;

    @Inject
    LocalRunnerConfig runnerConfig;

    @Inject
    WorkerCommand command;

    @Inject
    JobLife life;

    @Inject
    PostgresAttempts attempts;

    @Inject
    Jdbi jdbi;

    private FakeRegistryServer registry;
    private TestCallers callers;
    private Jobs jobs;

    @BeforeEach
    void connect() {
        registry = slate.moving();
        callers = TestCallers.connect();
        jobs = new Jobs(callers.tenant("acme"), "acme");
    }

    @AfterEach
    void disconnect() {
        callers.close();
    }

    @Test
    void startsJobAgainWhoseWorkerDied() {
        TrainingJob job = jobs.submit("once-1");
        List<JobEvent> events = jobs.watch(job.getName(), 0);
        assertThat(Jobs.states(events))
                .containsExactly(
                        "QUEUED",
                        "ADMITTED",
                        "STARTING",
                        "RUNNING",
                        "RETRY_WAIT",
                        "QUEUED",
                        "ADMITTED",
                        "STARTING",
                        "RUNNING",
                        "FINALIZING",
                        "SUCCEEDED");
        assertThat(events.stream()
                        .filter(event -> event.getTransition().getReason().contains("exit code")))
                .singleElement()
                .satisfies(event ->
                        assertThat(event.getTransition().getReason()).isEqualTo("the worker ended with exit code 137"));
        assertThat(jobs.get(job.getName()).getAttemptCount()).isEqualTo(2);
        assertThat(registry.versionsOf(job.getName())).hasSize(1);
    }

    @Test
    void startsJobAgainWhoseWorkerWasKilled() {
        TrainingJob job = jobs.submit("hang-1");
        jobs.await(job, TrainingJob.State.STATE_RUNNING);
        ProcessHandle first = worker(job, 1);
        assertThat(first.destroyForcibly()).isTrue();
        Await.until(
                "a second attempt runs",
                () -> jobs.get(job.getName()).getAttemptCount() == 2
                        && jobs.get(job.getName()).getState() == TrainingJob.State.STATE_RUNNING);
        assertThat(worker(job, 2).pid()).isNotEqualTo(first.pid());
        jobs.cancel(job.getName());
        jobs.await(job, TrainingJob.State.STATE_CANCELLED);
    }

    @Test
    void startsJobAgainWhoseWorkerFellSilent() {
        TrainingJob job = jobs.submit("silent-1");
        TrainingJob done = jobs.await(job, TrainingJob.State.STATE_SUCCEEDED);
        assertThat(done.getAttemptCount()).isEqualTo(2);
        assertThat(jobs.watch(job.getName(), 0))
                .anySatisfy(event ->
                        assertThat(event.getTransition().getReason()).startsWith("the worker's lease ended at "));
        assertThat(registry.versionsOf(job.getName())).hasSize(1);
        Await.until("the silent worker is killed", () -> runner.room().workers() == 2);
    }

    @Test
    void givesUpAfterThreeFailuresOfThePlatform() {
        TrainingJob job = jobs.submit("die-1");
        TrainingJob failed = jobs.await(job, TrainingJob.State.STATE_FAILED);
        assertThat(failed.getAttemptCount()).isEqualTo(3);
        assertThat(failed.getStateReason()).isEqualTo("the worker ended with exit code 137");
        assertThat(registry.versionsOf(job.getName())).isEmpty();
    }

    @Test
    void doesNotRetryFaultOfTheJob() {
        TrainingJob job = jobs.submit("fail-1");
        TrainingJob failed = jobs.await(job, TrainingJob.State.STATE_FAILED);
        assertThat(failed.getAttemptCount()).isEqualTo(1);
        assertThat(failed.getStateReason()).isEqualTo("the loss is not a number");
    }

    @Test
    void timesOutOverAllAttempts() {
        TrainingJob job = jobs.submit("hang-1", jobs.spec("ready").setMaxDuration(Durations.fromSeconds(3)));
        TrainingJob timedOut = jobs.await(job, TrainingJob.State.STATE_TIMED_OUT);
        assertThat(timedOut.getStateReason()).isEqualTo("ran longer than max_duration: PT3S");
        Await.until("its worker has ended", () -> runner.room().workers() == 2);
        assertThat(registry.versionsOf(job.getName())).isEmpty();
    }

    @Test
    void findsWorkersOfKilledServiceAgain() {
        TrainingJob job = jobs.submit("hang-1");
        jobs.await(job, TrainingJob.State.STATE_RUNNING);
        LocalRunner restarted = new LocalRunner(runnerConfig, command, life, attempts);
        AtomicInteger freed = new AtomicInteger();
        restarted.onRoom(freed::incrementAndGet);
        assertThat(restarted.room().workers()).isEqualTo(2);
        restarted.reconcile();
        assertThat(restarted.room().workers()).isEqualTo(1);
        assertThat(jobs.get(job.getName()).getState()).isEqualTo(TrainingJob.State.STATE_RUNNING);
        assertThat(freed).hasValue(0);
        worker(job, 1).destroyForcibly();
        Await.until("the free place is told", () -> freed.get() == 1);
        Await.until("the death is seen", () -> restarted.room().workers() == 2);
        Await.until("the job starts again", () -> jobs.get(job.getName()).getAttemptCount() == 2);
    }

    @Test
    void learnsAtStartThatWorkersHaveGone() {
        background.stop();
        TrainingJob job = jobs.submit("train-1");
        life.startNext(runner.id(), Rooms.PLENTY);
        // A process that lives, but began at another time: not the worker.
        jdbi.useHandle(handle -> handle.createUpdate("UPDATE job_attempt SET pid = :pid,"
                        + " process_start_time = clock_timestamp() - interval '1 day'")
                .bind("pid", ProcessHandle.current().pid())
                .execute());
        background.start();
        TrainingJob done = jobs.await(job, TrainingJob.State.STATE_SUCCEEDED);
        assertThat(done.getAttemptCount()).isEqualTo(2);
        assertThat(jobs.watch(job.getName(), 0))
                .anySatisfy(event ->
                        assertThat(event.getTransition().getReason()).isEqualTo("the worker's process is gone"));
    }

    @Test
    void finishesWhatWasBegunBeforeRestart() {
        background.stop();
        TrainingJob queued = jobs.submit("train-1");
        TrainingJob starting = jobs.submit("train-2");
        jdbi.useHandle(handle -> handle.execute("UPDATE training_job SET due_time = now() WHERE job_id = 'train-1'"));
        life.startNext("a runner that is gone", Rooms.PLENTY);
        jdbi.useHandle(handle -> handle.execute("UPDATE job_attempt SET lease_expire_time = clock_timestamp()"));
        background.start();
        jobs.await(queued, TrainingJob.State.STATE_SUCCEEDED);
        jobs.await(starting, TrainingJob.State.STATE_SUCCEEDED);
        assertThat(registry.versionsOf(queued.getName())).hasSize(1);
        assertThat(registry.versionsOf(starting.getName())).hasSize(1);
    }

    @Test
    void handsJobsBackOnShutdown() {
        TrainingJob job = jobs.submit("hang-1");
        jobs.await(job, TrainingJob.State.STATE_RUNNING);
        ProcessHandle process = worker(job, 1);
        background.stop();
        runner.stop();
        assertThat(process.isAlive()).isFalse();
        assertThat(jobs.get(job.getName()).getState()).isEqualTo(TrainingJob.State.STATE_RETRY_WAIT);
        assertThat(jobs.get(job.getName()).getStateReason()).isEqualTo("training-service shut down");
        background.start();
        Await.until("the job starts again", () -> jobs.get(job.getName()).getAttemptCount() == 2);
    }

    private ProcessHandle worker(TrainingJob job, int number) {
        return Await.found(
                "process of attempt " + number,
                () -> attempts.withProcess(runner.id()).stream()
                        .filter(attempt -> attempt.job().toString().equals(job.getName()) && attempt.number() == number)
                        .findFirst()
                        .flatMap(Attempt::process)
                        .flatMap(process -> Optional.of(process.pid()).flatMap(ProcessHandle::of)));
    }
}
