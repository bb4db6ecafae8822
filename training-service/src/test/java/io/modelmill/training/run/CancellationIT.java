package io.modelmill.training.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.modelmill.proto.training.v1.TrainingJob;
import io.modelmill.servicekit.fixture.TestCallers;
import io.modelmill.training.fixture.Await;
import io.modelmill.training.fixture.CleanSlate;
import io.modelmill.training.fixture.FakeRegistryServer;
import io.modelmill.training.fixture.Jobs;
import io.modelmill.training.fixture.Refusal;
import io.modelmill.training.fixture.Rooms;
import io.modelmill.training.fixture.TrainingServiceTest;
import io.modelmill.training.job.Happening;
import io.modelmill.training.job.JobLife;
import io.modelmill.training.job.JobName;
import io.modelmill.training.job.TrainedModel;
import jakarta.inject.Inject;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A cancel in each phase of a job's life. */
@TrainingServiceTest
class CancellationIT {
    @Inject
    CleanSlate slate;

    @Inject
    JobLife life;

    @Inject
    Runner runner;

    private FakeRegistryServer registry;
    private TestCallers callers;
    private Jobs jobs;

    @BeforeEach
    void connect() {
        registry = slate.still();
        callers = TestCallers.connect();
        jobs = new Jobs(callers.tenant("acme"), "acme");
    }

    @AfterEach
    void disconnect() {
        callers.close();
    }

    @Test
    void endsWaitingJobAtOnce() {
        TrainingJob job = jobs.submit("train-1");
        TrainingJob cancelled = jobs.cancel(job.getName());
        assertThat(cancelled.getState()).isEqualTo(TrainingJob.State.STATE_CANCELLED);
        assertThat(cancelled.hasEndTime()).isTrue();
        assertThat(jobs.cancel(job.getName())).isEqualTo(cancelled);
        assertThat(life.startNext("test", Rooms.PLENTY)).isEmpty();
    }

    @Test
    void endsJobThatWaitsForAnotherAttempt() {
        TrainingJob job = jobs.submit("train-1");
        life.startNext("test", Rooms.PLENTY);
        life.happen(name(job), 1, new Happening.PlatformFault("died", false));
        assertThat(jobs.get(job.getName()).getState()).isEqualTo(TrainingJob.State.STATE_RETRY_WAIT);
        assertThat(jobs.cancel(job.getName()).getState()).isEqualTo(TrainingJob.State.STATE_CANCELLED);
    }

    @Test
    void letsWorkerStopByItself() {
        slate.moving();
        TrainingJob job = jobs.submit("hang-1");
        jobs.await(job, TrainingJob.State.STATE_RUNNING);
        TrainingJob cancelling = jobs.cancel(job.getName());
        assertThat(cancelling.getState()).isEqualTo(TrainingJob.State.STATE_CANCELLING);
        assertThat(jobs.cancel(job.getName()).getState())
                .isIn(TrainingJob.State.STATE_CANCELLING, TrainingJob.State.STATE_CANCELLED);
        TrainingJob cancelled = jobs.await(job, TrainingJob.State.STATE_CANCELLED);
        assertThat(cancelled.getStateReason()).isEqualTo("cancelled by its owner; the worker has stopped");
        assertThat(Jobs.states(jobs.watch(job.getName(), 0)))
                .containsExactly("QUEUED", "ADMITTED", "STARTING", "RUNNING", "CANCELLING", "CANCELLED");
        Await.until("the worker has ended", () -> runner.room().workers() == 2);
    }

    @Test
    void killsWorkerThatDoesNotListen() {
        slate.moving();
        TrainingJob job = jobs.submit("deaf-1");
        jobs.await(job, TrainingJob.State.STATE_RUNNING);
        jobs.cancel(job.getName());
        TrainingJob cancelled = jobs.await(job, TrainingJob.State.STATE_CANCELLED);
        assertThat(cancelled.getStateReason())
                .isEqualTo("cancelled by its owner; the worker did not stop in time and is killed");
        Await.until("the worker has ended", () -> runner.room().workers() == 2);
    }

    @Test
    void winsOverWhatTheWorkerStillReports() {
        TrainingJob job = jobs.submit("train-1");
        life.startNext("test", Rooms.PLENTY);
        life.happen(name(job), new Happening.AssignmentTaken());
        jobs.cancel(job.getName());
        life.happen(name(job), 1, trained());
        assertThat(jobs.get(job.getName()).getState()).isEqualTo(TrainingJob.State.STATE_CANCELLED);
        assertThat(registry.requestsOf(job.getName())).isEmpty();
    }

    @Test
    void comesTooLateForFinalizingAndEndedJobs() {
        TrainingJob job = jobs.submit("train-1");
        life.startNext("test", Rooms.PLENTY);
        life.happen(name(job), new Happening.AssignmentTaken());
        life.happen(name(job), 1, trained());
        Refusal finalizing = Refusal.of(() -> jobs.cancel(job.getName()));
        assertThat(finalizing.code()).isEqualTo(Status.Code.FAILED_PRECONDITION);
        assertThat(finalizing.reason()).isEqualTo("JOB_NOT_CANCELLABLE");
        assertThat(finalizing.message())
                .isEqualTo("state: FINALIZING (expected: QUEUED, STARTING, RUNNING or RETRY_WAIT)");
        life.happen(name(job), new Happening.VersionRefused("wrong"));
        assertThat(Refusal.of(() -> jobs.cancel(job.getName())).code()).isEqualTo(Status.Code.FAILED_PRECONDITION);
        assertThat(jobs.get(job.getName()).getState()).isEqualTo(TrainingJob.State.STATE_FAILED);
    }

    private static Happening trained() {
        return new Happening.ModelTrained(new TrainedModel(
                List.of(new TrainedModel.File("model.onnx", "FILE_KIND_ONNX_MODEL", "a".repeat(64), 1)),
                List.of(),
                Map.of()));
    }

    private static JobName name(TrainingJob job) {
        return JobName.parse(job.getName(), "name");
    }
}
