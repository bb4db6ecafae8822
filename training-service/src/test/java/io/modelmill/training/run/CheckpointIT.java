package io.modelmill.training.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.modelmill.proto.training.v1.Checkpoint;
import io.modelmill.proto.training.v1.TrainingJob;
import io.modelmill.proto.training.v1.TrainingSpec;
import io.modelmill.proto.training.worker.v1.Assignment;
import io.modelmill.proto.training.worker.v1.AttemptRef;
import io.modelmill.proto.training.worker.v1.Cancelled;
import io.modelmill.proto.training.worker.v1.GetAssignmentRequest;
import io.modelmill.proto.training.worker.v1.ReportCheckpointRequest;
import io.modelmill.proto.training.worker.v1.ReportOutcomeRequest;
import io.modelmill.proto.training.worker.v1.WorkerServiceGrpc;
import io.modelmill.servicekit.fixture.TestCallers;
import io.modelmill.servicekit.security.Caller;
import io.modelmill.servicekit.security.Role;
import io.modelmill.training.fixture.CleanSlate;
import io.modelmill.training.fixture.Jobs;
import io.modelmill.training.fixture.Refusal;
import io.modelmill.training.fixture.Rooms;
import io.modelmill.training.fixture.TrainingServiceTest;
import io.modelmill.training.job.Happening;
import io.modelmill.training.job.JobLife;
import io.modelmill.training.job.JobName;
import jakarta.inject.Inject;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is kept of a training, and who goes on from it. */
@TrainingServiceTest
class CheckpointIT {
    private static final String JOB = "tenants/acme/trainingJobs/train-1";
    private static final String NEXT = "tenants/acme/trainingJobs/train-2";

    @Inject
    CleanSlate slate;

    @Inject
    JobLife life;

    @Inject
    Jdbi jdbi;

    private TestCallers callers;
    private Jobs jobs;

    @BeforeEach
    void connect() {
        slate.still();
        callers = TestCallers.connect();
        jobs = new Jobs(callers.tenant("acme"), "acme");
        jobs.submit("train-1");
        life.startNext("test", Rooms.PLENTY);
    }

    @AfterEach
    void disconnect() {
        callers.close();
    }

    @Test
    void laterAttemptsGoOnFromTheLast() {
        assertThat(assignment(JOB, 1).hasCheckpoint()).isFalse();
        assertThat(jobs.get(JOB).hasCheckpoint()).isFalse();
        keep(JOB, 1, checkpoint('a', 0, 3));
        keep(JOB, 1, checkpoint('b', 1, 7));
        keep(JOB, 1, checkpoint('a', 0, 3));

        Checkpoint kept = jobs.get(JOB).getCheckpoint();
        assertThat(kept.toBuilder().clearTime().build()).as("the farthest").isEqualTo(checkpoint('b', 1, 7));
        assertThat(kept.getTime().getSeconds()).as("the service's").isPositive();

        life.happen(name(JOB), 1, new Happening.PlatformFault("died", false));
        life.happen(name(JOB), new Happening.RetryDue());
        life.startNext("test", Rooms.PLENTY);
        assertThat(assignment(JOB, 2).getCheckpoint()).isEqualTo(kept);
        keep(JOB, 2, checkpoint('c', 0, 1));
        assertThat(jobs.get(JOB).getCheckpoint().getStep())
                .as("of an attempt that had to begin anew")
                .isEqualTo(1);
    }

    @Test
    void isFencedAndNeedsAnAssignment() {
        Refusal early = Refusal.of(() -> keep(JOB, 1, checkpoint('a', 0, 3)));
        assertThat(early.code()).isEqualTo(Status.Code.FAILED_PRECONDITION);
        assertThat(early.reason()).isEqualTo("ATTEMPT_NOT_ASSIGNED");
        assignment(JOB, 1);
        for (long fence : new long[] {0, 2}) {
            Refusal stale = Refusal.of(() -> keep(JOB, fence, checkpoint('a', 0, 3)));
            assertThat(stale.code()).isEqualTo(Status.Code.ABORTED);
            assertThat(stale.reason()).isEqualTo("STALE_ATTEMPT");
        }
        assertThat(Refusal.of(() -> worker(NEXT)
                                .reportCheckpoint(ReportCheckpointRequest.newBuilder()
                                        .setAttempt(attempt(JOB, 1))
                                        .setCheckpoint(checkpoint('a', 0, 3))
                                        .build()))
                        .code())
                .isEqualTo(Status.Code.NOT_FOUND);
        assertThat(jobs.get(JOB).hasCheckpoint()).isFalse();
    }

    @Test
    void refusesWrongCheckpoints() {
        assignment(JOB, 1);
        Refusal refusal = Refusal.of(() ->
                keep(JOB, 1, Checkpoint.newBuilder().setSha256("AB").setEpoch(3).build()));
        assertThat(refusal.code()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(refusal.fields())
                .containsExactly(
                        "checkpoint.sha256: \"AB\" (expected: [0-9a-f]{64})",
                        "checkpoint.size_bytes: 0 (expected: >= 1)",
                        "checkpoint.epoch: 3 (expected: 0 to 2)",
                        "checkpoint.step: 0 (expected: >= 1)");
    }

    @Test
    void aCancelledJobKeepsItsLast() {
        cancelWithCheckpoint();
        TrainingJob job = jobs.get(JOB);
        assertThat(job.getState()).isEqualTo(TrainingJob.State.STATE_CANCELLED);
        assertThat(job.getCheckpoint().getStep()).isEqualTo(7);
    }

    @Test
    void anotherJobGoesOnFromIt() {
        cancelWithCheckpoint();
        Checkpoint kept = jobs.get(JOB).getCheckpoint();

        TrainingJob next =
                jobs.submit("train-2", jobs.spec("ready").setEpochs(5).setResumeFrom(JOB));

        assertThat(next.getCheckpoint()).isEqualTo(kept);
        assertThat(next.getSpec().getResumeFrom()).isEqualTo(JOB);
        life.startNext("test", Rooms.PLENTY);
        assertThat(assignment(NEXT, 1).getCheckpoint()).isEqualTo(kept);
        keep(NEXT, 1, checkpoint('c', 2, 9));
        assertThat(jobs.get(NEXT).getCheckpoint().getStep()).isEqualTo(9);
        assertThat(jobs.get(JOB).getCheckpoint()).isEqualTo(kept);
    }

    @Test
    void refusesToGoOnFromWhatCannotBeResumed() {
        assignment(JOB, 1);
        assertThat(refusal(jobs.spec("ready").setResumeFrom(JOB)))
                .containsExactly("training_job.spec.resume_from: \"" + JOB
                        + ": RUNNING\" (expected: a job that has ended without a version)");
        jobs.cancel(JOB);
        life.happen(name(JOB), new Happening.CancelGraceEnded());
        assertThat(refusal(jobs.spec("ready").setResumeFrom(JOB)))
                .containsExactly("training_job.spec.resume_from: \"" + JOB
                        + ": no checkpoint\" (expected: a job that has kept one)");
        assertThat(refusal(jobs.spec("ready").setResumeFrom(NEXT)))
                .containsExactly("training_job.spec.resume_from: \"" + NEXT + "\" (expected: a job of tenants/acme)");
        assertThat(refusal(jobs.spec("ready").setResumeFrom("train-1")))
                .containsExactly("training_job.spec.resume_from: \"train-1\""
                        + " (expected: tenants/{tenant}/trainingJobs/{job})");
    }

    @Test
    void refusesToGoOnFromAnothersJob() {
        cancelWithCheckpoint();
        Jobs others = new Jobs(callers.tenant("globex"), "globex");
        assertThat(Refusal.of(() ->
                                others.submit("train-2", others.spec("ready").setResumeFrom(JOB)))
                        .fields())
                .containsExactly("training_job.spec.resume_from: \"" + JOB + "\" (expected: a job of tenants/globex)");
    }

    @Test
    void refusesToGoOnFromAJobWithAVersion() {
        assignment(JOB, 1);
        keep(JOB, 1, checkpoint('a', 1, 3));
        life.happen(
                name(JOB),
                1,
                new Happening.ModelTrained(new io.modelmill.training.job.TrainedModel(List.of(), List.of(), Map.of())));
        life.happen(name(JOB), new Happening.VersionReady("tenants/acme/models/ready/versions/9", Map.of()));
        assertThat(refusal(jobs.spec("ready").setResumeFrom(JOB)))
                .containsExactly("training_job.spec.resume_from: \"" + JOB
                        + ": SUCCEEDED with tenants/acme/models/ready/versions/9\""
                        + " (expected: a job that has ended without a version)");
    }

    @Test
    void refusesToGoOnOtherwise() {
        cancelWithCheckpoint();
        assertThat(refusal(jobs.spec("ready").setResumeFrom(JOB).setSeed(8).setBatchSize(4)))
                .containsExactly(
                        "training_job.spec.batch_size: 4 (expected: 16, as in the job that is resumed)",
                        "training_job.spec.seed: 8 (expected: 0, as in the job that is resumed)");
    }

    @Test
    void givesTheVersionThatTeaches() {
        TrainingSpec.Builder spec = jobs.spec("ready");
        spec.getDistillationBuilder().setTeacherVersion("tenants/acme/models/teacher/versions/1");
        jobs.submit("train-2", spec);
        life.startNext("test", Rooms.PLENTY);
        assertThat(assignment(JOB, 1).hasSourceVersion()).isFalse();
        assertThat(assignment(NEXT, 1).getSourceVersion().getFiles(0).getSha256())
                .isEqualTo("b".repeat(64));
    }

    @Test
    void failsAJobWhoseTeacherMayNoLongerBeCalled() {
        TrainingSpec.Builder spec = jobs.spec("ready");
        spec.getDistillationBuilder().setTeacherVersion("tenants/acme/models/teacher/versions/1");
        jobs.submit("train-2", spec);
        life.startNext("test", Rooms.PLENTY);
        jdbi.useHandle(handle -> handle.execute("UPDATE training_job SET spec = jsonb_set(spec,"
                + " '{distillation,teacherVersion}', '\"tenants/acme/models/archived/versions/1\"')"
                + " WHERE job_id = 'train-2'"));
        assertThat(Refusal.of(() -> assignment(NEXT, 1)).code()).isEqualTo(Status.Code.ABORTED);
        TrainingJob job = jobs.get(NEXT);
        assertThat(job.getState()).isEqualTo(TrainingJob.State.STATE_FAILED);
        assertThat(job.getStateReason())
                .isEqualTo("the version is not READY any more: \"tenants/acme/models/archived/versions/1\"");
    }

    /** The worker keeps its state once more while it is being stopped. */
    private void cancelWithCheckpoint() {
        assignment(JOB, 1);
        keep(JOB, 1, checkpoint('a', 0, 3));
        jobs.cancel(JOB);
        keep(JOB, 1, checkpoint('b', 1, 7));
        worker(JOB)
                .reportOutcome(ReportOutcomeRequest.newBuilder()
                        .setAttempt(attempt(JOB, 1))
                        .setCancelled(Cancelled.getDefaultInstance())
                        .build());
    }

    private List<String> refusal(TrainingSpec.Builder spec) {
        Refusal refusal = Refusal.of(() -> jobs.submit("train-3", spec));
        assertThat(refusal.code()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        return refusal.fields();
    }

    private Assignment assignment(String job, long fence) {
        return worker(job)
                .getAssignment(GetAssignmentRequest.newBuilder()
                        .setAttempt(attempt(job, fence))
                        .build());
    }

    private void keep(String job, long fence, Checkpoint checkpoint) {
        worker(job)
                .reportCheckpoint(ReportCheckpointRequest.newBuilder()
                        .setAttempt(attempt(job, fence))
                        .setCheckpoint(checkpoint)
                        .build());
    }

    private WorkerServiceGrpc.WorkerServiceBlockingStub worker(String job) {
        return WorkerServiceGrpc.newBlockingStub(callers.as(new Caller(job, Optional.of("acme"), Set.of(Role.WORKER))));
    }

    private static Checkpoint checkpoint(char digit, int epoch, long step) {
        return Checkpoint.newBuilder()
                .setSha256(String.valueOf(digit).repeat(64))
                .setSizeBytes(100)
                .setEpoch(epoch)
                .setStep(step)
                .build();
    }

    private static JobName name(String job) {
        return JobName.parse(job, "name");
    }

    private static AttemptRef attempt(String job, long fence) {
        return AttemptRef.newBuilder().setJob(job).setFencingToken(fence).build();
    }
}
