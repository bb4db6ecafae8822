package io.modelmill.training.run;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.util.Durations;
import io.grpc.Status;
import io.modelmill.proto.registry.v1.FileKind;
import io.modelmill.proto.registry.v1.ModelFile;
import io.modelmill.proto.training.v1.Progress;
import io.modelmill.proto.training.v1.TrainingJob;
import io.modelmill.proto.training.worker.v1.Assignment;
import io.modelmill.proto.training.worker.v1.AttemptRef;
import io.modelmill.proto.training.worker.v1.Failure;
import io.modelmill.proto.training.worker.v1.GetAssignmentRequest;
import io.modelmill.proto.training.worker.v1.Lease;
import io.modelmill.proto.training.worker.v1.RenewLeaseRequest;
import io.modelmill.proto.training.worker.v1.ReportOutcomeRequest;
import io.modelmill.proto.training.worker.v1.ReportProgressRequest;
import io.modelmill.proto.training.worker.v1.Trained;
import io.modelmill.proto.training.worker.v1.WorkerServiceGrpc;
import io.modelmill.servicekit.fixture.TestCallers;
import io.modelmill.servicekit.security.Caller;
import io.modelmill.servicekit.security.CallerTokenVerifier;
import io.modelmill.servicekit.security.Role;
import io.modelmill.servicekit.security.SecurityConfig;
import io.modelmill.servicekit.security.TokenKeys;
import io.modelmill.training.fixture.CleanSlate;
import io.modelmill.training.fixture.FakeRegistryServer;
import io.modelmill.training.fixture.Jobs;
import io.modelmill.training.fixture.Refusal;
import io.modelmill.training.fixture.Rooms;
import io.modelmill.training.fixture.TrainingServiceTest;
import io.modelmill.training.job.Happening;
import io.modelmill.training.job.JobLife;
import io.modelmill.training.job.JobName;
import jakarta.inject.Inject;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a worker may say, with this test as the worker. */
@TrainingServiceTest
class WorkerServiceIT {
    private static final String JOB = "tenants/acme/trainingJobs/train-1";

    @Inject
    CleanSlate slate;

    @Inject
    JobLife life;

    @Inject
    Jdbi jdbi;

    @Inject
    SecurityConfig security;

    private FakeRegistryServer registry;
    private TestCallers callers;
    private Jobs jobs;
    private WorkerServiceGrpc.WorkerServiceBlockingStub worker;

    @BeforeEach
    void connect() {
        registry = slate.still();
        callers = TestCallers.connect();
        jobs = new Jobs(callers.tenant("acme"), "acme");
        jobs.submit("train-1");
        life.startNext("test", Rooms.PLENTY);
        worker = worker(JOB, "acme", Role.WORKER);
    }

    @AfterEach
    void disconnect() {
        callers.close();
    }

    @Test
    void assignsOnceAndTheSameAgain() {
        Assignment assignment = assignment();
        assertThat(assignment.getSpec()).isEqualTo(jobs.get(JOB).getSpec());
        assertThat(assignment.getDatasetVersion().getSha256()).isEqualTo("0".repeat(64));
        assertThat(assignment.getLease().getCancelRequested()).isFalse();
        assertThat(jobs.get(JOB).getState()).isEqualTo(TrainingJob.State.STATE_RUNNING);
        assertThat(assignment().getSpec()).isEqualTo(assignment.getSpec());
        assertThat(Jobs.states(eventsSoFar())).containsExactly("QUEUED", "ADMITTED", "STARTING", "RUNNING");
    }

    @Test
    void givesTokenForThisJobAndBothServices() {
        Lease lease = assignment().getLease();
        for (String audience : List.of("training-service", "registry-service")) {
            Caller caller = new CallerTokenVerifier(
                            TokenKeys.readPublic(security.trustedKeysFile().orElseThrow()), audience)
                    .verify(lease.getAccessToken());
            assertThat(caller).isEqualTo(new Caller(JOB, Optional.of("acme"), Set.of(Role.WORKER)));
        }
        assertThat(WorkerServiceGrpc.newBlockingStub(callers.withToken(lease.getAccessToken()))
                        .renewLease(renewal(1))
                        .getExpireTime()
                        .getSeconds())
                .isGreaterThanOrEqualTo(lease.getExpireTime().getSeconds());
    }

    @Test
    void refusesOtherJobsAndRoles() {
        Refusal role = Refusal.of(() -> worker(JOB, "acme", Role.TENANT).renewLease(renewal(1)));
        assertThat(role.code()).isEqualTo(Status.Code.PERMISSION_DENIED);
        assertThat(role.reason()).isEqualTo("ROLE_MISSING");
        Refusal other = Refusal.of(() ->
                worker("tenants/acme/trainingJobs/train-2", "acme", Role.WORKER).renewLease(renewal(1)));
        assertThat(other.code()).isEqualTo(Status.Code.NOT_FOUND);
        Refusal shape = Refusal.of(() -> worker.renewLease(RenewLeaseRequest.newBuilder()
                .setAttempt(AttemptRef.newBuilder().setJob("train-1"))
                .build()));
        assertThat(shape.fields())
                .containsExactly("attempt.job: \"train-1\" (expected: tenants/{tenant}/trainingJobs/{job})");
    }

    @Test
    void refusesFenceThatIsNotCurrent() {
        assignment();
        for (long fence : new long[] {0, 2, -1, Long.MAX_VALUE}) {
            assertStale(Refusal.of(() -> worker.renewLease(renewal(fence))));
        }
        life.happen(name(), 1, new Happening.PlatformFault("died", false));
        life.happen(name(), new Happening.RetryDue());
        life.startNext("test", Rooms.PLENTY);
        assertStale(Refusal.of(() -> worker.getAssignment(
                GetAssignmentRequest.newBuilder().setAttempt(attempt(1)).build())));
        assertStale(Refusal.of(() -> worker.renewLease(renewal(1))));
        assertStale(Refusal.of(() -> worker.reportProgress(progress(1, 1))));
        assertStale(Refusal.of(() -> worker.reportOutcome(trained(1))));
        assertThat(worker.renewLease(renewal(2)).getAccessToken()).isNotEmpty();
        assertThat(registry.versionsOf(JOB)).isEmpty();
    }

    @Test
    void refusesLeaseThatHasEndedBeforeAnybodySweeps() {
        assignment();
        jdbi.useHandle(handle -> handle.execute("UPDATE job_attempt SET lease_expire_time = clock_timestamp()"));
        assertStale(Refusal.of(() -> worker.renewLease(renewal(1))));
        assertStale(Refusal.of(() -> worker.reportOutcome(trained(1))));
        assertThat(jobs.get(JOB).getState()).isEqualTo(TrainingJob.State.STATE_RUNNING);
    }

    @Test
    void extendsLease() {
        assignment();
        jdbi.useHandle(handle ->
                handle.execute("UPDATE job_attempt SET lease_expire_time = clock_timestamp() + interval '1 second'"));
        Instant expire = Instant.ofEpochSecond(
                worker.renewLease(renewal(1)).getExpireTime().getSeconds());
        assertThat(expire).isAfter(Instant.now().plusSeconds(3));
    }

    @Test
    void tellsProgressOnceAndInOrder() {
        Refusal early = Refusal.of(() -> worker.reportProgress(progress(1, 1)));
        assertThat(early.code()).isEqualTo(Status.Code.FAILED_PRECONDITION);
        assertThat(early.reason()).isEqualTo("ATTEMPT_NOT_ASSIGNED");
        assignment();
        worker.reportProgress(progress(1, 1));
        worker.reportProgress(progress(1, 1));
        worker.reportProgress(progress(1, 2));
        worker.reportProgress(progress(1, 1));
        TrainingJob job = jobs.get(JOB);
        assertThat(job.getProgress().getEpoch()).isEqualTo(2);
        assertThat(job.getProgress().getMetricsMap()).containsEntry("loss", 0.5);
        assertThat(eventsSoFar().stream().filter(event -> event.hasProgress()))
                .extracting(event -> event.getProgress().getEpoch())
                .containsExactly(1, 2);
    }

    @Test
    void refusesWrongProgress() {
        assignment();
        ReportProgressRequest.Builder wrong = progress(1, 3).toBuilder();
        wrong.getProgressBuilder(0).putMetrics("Bad Name", 1);
        Refusal refusal = Refusal.of(() -> worker.reportProgress(wrong.build()));
        assertThat(refusal.code()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(refusal.fields())
                .containsExactly(
                        "progress[0].epoch: 3 (expected: 1 to 2)",
                        "progress[0].metrics: \"Bad Name\" (expected: [a-z][a-z0-9_]{0,62})");
    }

    @Test
    void tellsProgressAtMostOnceASecondAndTheLastBeforeTheEnd() {
        assignment();
        worker.reportProgress(within(1));
        // As if the last event had been told just now, however slow this test is.
        later("1 hour");
        worker.reportProgress(within(2));
        worker.reportProgress(points(point(0, 3), point(1, 7)));
        worker.reportProgress(within(2));
        Progress last = jobs.get(JOB).getProgress();
        assertThat(last.getStep()).as("the job tells the last all the same").isEqualTo(7);
        assertThat(last.getEpoch()).isEqualTo(1);
        assertThat(last.getSteps()).isEqualTo(14);
        assertThat(last.getRemaining().getSeconds()).isEqualTo(9);
        later("-2 hours");
        worker.reportProgress(points(point(1, 8)));
        later("1 hour");
        worker.reportProgress(points(point(1, 9), point(1, 10)));
        assertThat(eventsSoFar().stream().filter(event -> event.hasProgress()))
                .extracting(event -> event.getProgress().getEpoch() + ":"
                        + event.getProgress().getStep())
                .as("the first, the first after a while, and the last")
                .containsExactly("0:1", "1:8", "1:10");
    }

    private void later(String interval) {
        jdbi.useHandle(handle -> handle.execute("UPDATE job_event SET time = time + interval '" + interval + "'"));
    }

    @Test
    void refusesWrongSteps() {
        assignment();
        ReportProgressRequest.Builder wrong = within(15).toBuilder();
        wrong.getProgressBuilder(0).getRemainingBuilder().setSeconds(-1);
        assertThat(Refusal.of(() -> worker.reportProgress(wrong.build())).fields())
                .containsExactly(
                        "progress[0].step: 15 (expected: 0 to 14)",
                        "progress[0].remaining: \"-1 s\" (expected: from 0 to 315576000000 s)");
        ReportProgressRequest.Builder none = within(0).toBuilder();
        none.getProgressBuilder(0).setSteps(-1);
        assertThat(Refusal.of(() -> worker.reportProgress(none.build())).fields())
                .containsExactly("progress[0].epoch: 0 (expected: 1 to 2)", "progress[0].steps: -1 (expected: >= 0)");
    }

    @Test
    void refusesBatchesThatAreNone() {
        assignment();
        assertThat(Refusal.of(() -> worker.reportProgress(points())).fields())
                .containsExactly("progress: \"0 entries\" (expected: 1 to 1000)");
        ReportProgressRequest.Builder many = points().toBuilder();
        for (int i = 0; i <= 1000; i++) {
            many.addProgress(point(1, 1));
        }
        assertThat(Refusal.of(() -> worker.reportProgress(many.build())).fields())
                .containsExactly("progress: \"1001 entries\" (expected: 1 to 1000)");
        assertThat(Refusal.of(() -> worker.reportProgress(points(point(1, 5), point(0, 4))))
                        .fields())
                .containsExactly(
                        "progress[1].epoch: 0 (expected: >= 1, as before)",
                        "progress[1].step: 4 (expected: >= 5, as before)");
        assertThat(jobs.get(JOB).hasProgress()).isFalse();
    }

    private static ReportProgressRequest within(long step) {
        return points(point(0, step));
    }

    private static ReportProgressRequest points(Progress... points) {
        return ReportProgressRequest.newBuilder()
                .setAttempt(attempt(1))
                .addAllProgress(List.of(points))
                .build();
    }

    private static Progress point(int epoch, long step) {
        return Progress.newBuilder()
                .setEpoch(epoch)
                .setEpochs(2)
                .setStep(step)
                .setSteps(14)
                .setRemaining(Durations.fromSeconds(9))
                .build();
    }

    @Test
    void keepsMetricsThatAreNoNumbers() {
        assignment();
        ReportProgressRequest.Builder diverged = progress(1, 1).toBuilder();
        diverged.getProgressBuilder(0).putMetrics("loss", Double.NaN).putMetrics("norm", Double.POSITIVE_INFINITY);
        worker.reportProgress(diverged.build());
        assertThat(jobs.get(JOB).getProgress().getMetricsMap())
                .containsEntry("loss", Double.NaN)
                .containsEntry("norm", Double.POSITIVE_INFINITY);
    }

    @Test
    void takesOutcomeAndItsRepetition() {
        Refusal early = Refusal.of(() -> worker.reportOutcome(trained(1)));
        assertThat(early.code()).isEqualTo(Status.Code.FAILED_PRECONDITION);
        assignment();
        worker.reportOutcome(trained(1));
        worker.reportOutcome(trained(1));
        assertThat(jobs.get(JOB).getState()).isEqualTo(TrainingJob.State.STATE_FINALIZING);
        // Another end than the one that it told first is none of this attempt.
        assertStale(Refusal.of(() -> worker.reportOutcome(failure(Failure.Cause.CAUSE_JOB, "no"))));
        assertStale(Refusal.of(() -> worker.renewLease(renewal(1))));
    }

    @Test
    void refusesWrongOutcome() {
        assignment();
        assertThat(Refusal.of(() -> worker.reportOutcome(ReportOutcomeRequest.newBuilder()
                                .setAttempt(attempt(1))
                                .build()))
                        .fields())
                .containsExactly("outcome: \"unset\" (expected: trained, failure, cancelled or yielded)");
        ReportOutcomeRequest wrong = ReportOutcomeRequest.newBuilder()
                .setAttempt(attempt(1))
                .setTrained(Trained.newBuilder()
                        .addFiles(ModelFile.newBuilder()
                                .setPath("a\u0000b")
                                .setKind(FileKind.FILE_KIND_OTHER)
                                .setSha256("AB"))
                        .addClassLabels("x\u0000"))
                .build();
        Refusal refusal = Refusal.of(() -> worker.reportOutcome(wrong));
        assertThat(refusal.code()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(refusal.fields())
                .extracting(field -> field.substring(0, field.indexOf(": ")))
                .containsExactly(
                        "trained.files", "trained.files[0].sha256", "trained.files[0].path", "trained.class_labels[0]");
        assertThat(jobs.get(JOB).getState()).isEqualTo(TrainingJob.State.STATE_RUNNING);
    }

    @Test
    void takesFilesOfEveryKind() {
        assignment();
        ReportOutcomeRequest.Builder outcome = trained(1).toBuilder();
        List.of(FileKind.FILE_KIND_TOKENIZER, FileKind.FILE_KIND_EXTERNAL_DATA, FileKind.FILE_KIND_OTHER)
                .forEach(kind -> outcome.getTrainedBuilder()
                        .addFiles(ModelFile.newBuilder()
                                .setPath("file-" + kind.getNumber())
                                .setKind(kind)
                                .setSha256("b".repeat(64))));
        ReportOutcomeRequest.Builder unknown = outcome.clone();
        unknown.getTrainedBuilder().getFilesBuilder(1).setKindValue(9);
        unknown.getTrainedBuilder().getFilesBuilder(2).setKind(FileKind.FILE_KIND_UNSPECIFIED);
        assertThat(Refusal.of(() -> worker.reportOutcome(unknown.build())).fields())
                .containsExactly(
                        "trained.files[1].kind: 9 (expected: a FileKind)",
                        "trained.files[2].kind: 0 (expected: a FileKind)");
        worker.reportOutcome(outcome.build());
        assertThat(jobs.get(JOB).getState()).isEqualTo(TrainingJob.State.STATE_FINALIZING);
    }

    @Test
    void failsJobForItsOwnFaultAtOnce() {
        assignment();
        worker.reportOutcome(failure(Failure.Cause.CAUSE_JOB, "the loss\nis \u0000not a number"));
        TrainingJob job = jobs.get(JOB);
        assertThat(job.getState()).isEqualTo(TrainingJob.State.STATE_FAILED);
        assertThat(job.getStateReason()).isEqualTo("the loss is not a number");
        assertThat(job.getAttemptCount()).isEqualTo(1);
    }

    @Test
    void retriesWorkerThatStopsUnasked() {
        assignment();
        worker.reportOutcome(ReportOutcomeRequest.newBuilder()
                .setAttempt(attempt(1))
                .setCancelled(io.modelmill.proto.training.worker.v1.Cancelled.getDefaultInstance())
                .build());
        assertThat(jobs.get(JOB).getState()).isEqualTo(TrainingJob.State.STATE_RETRY_WAIT);
    }

    @Test
    void failsJobWhoseDataSetHasGone() {
        jdbi.useHandle(handle -> handle.execute("UPDATE training_job SET spec ="
                + " jsonb_set(spec, '{datasetVersion}', '\"tenants/acme/datasets/gone/versions/1\"')"));
        assertStale(Refusal.of(this::assignment));
        TrainingJob job = jobs.get(JOB);
        assertThat(job.getState()).isEqualTo(TrainingJob.State.STATE_FAILED);
        assertThat(job.getStateReason())
                .isEqualTo("the data-set version is gone: \"tenants/acme/datasets/gone/versions/1\"");
    }

    @Test
    void failsJobWhoseDataSetIsDeleted() {
        jdbi.useHandle(handle -> handle.execute("UPDATE training_job SET spec ="
                + " jsonb_set(spec, '{datasetVersion}', '\"tenants/acme/datasets/flowers/versions/2\"')"));
        assertStale(Refusal.of(this::assignment));
        TrainingJob job = jobs.get(JOB);
        assertThat(job.getState()).isEqualTo(TrainingJob.State.STATE_FAILED);
        assertThat(job.getStateReason())
                .isEqualTo("the data-set version is deleted: \"tenants/acme/datasets/flowers/versions/2\"");
    }

    @Test
    void isUnavailableWithoutRegistryAndKeepsTheAttempt() {
        registry.stop();
        assertThat(Refusal.of(this::assignment).code()).isEqualTo(Status.Code.UNAVAILABLE);
        registry.start();
        assertThat(assignment().getDatasetVersion().getRowCount()).isEqualTo(100);
    }

    private Assignment assignment() {
        return worker.getAssignment(
                GetAssignmentRequest.newBuilder().setAttempt(attempt(1)).build());
    }

    private List<io.modelmill.proto.training.v1.JobEvent> eventsSoFar() {
        jobs.cancel(JOB);
        life.happen(name(), new Happening.CancelGraceEnded());
        List<io.modelmill.proto.training.v1.JobEvent> events = jobs.watch(JOB, 0);
        return events.subList(0, events.size() - 2);
    }

    private WorkerServiceGrpc.WorkerServiceBlockingStub worker(String subject, String tenant, Role role) {
        return WorkerServiceGrpc.newBlockingStub(callers.as(new Caller(subject, Optional.of(tenant), Set.of(role))));
    }

    private static void assertStale(Refusal refusal) {
        assertThat(refusal.code()).isEqualTo(Status.Code.ABORTED);
        assertThat(refusal.reason()).isEqualTo("STALE_ATTEMPT");
    }

    private static JobName name() {
        return JobName.parse(JOB, "name");
    }

    private static AttemptRef attempt(long fence) {
        return AttemptRef.newBuilder().setJob(JOB).setFencingToken(fence).build();
    }

    private static RenewLeaseRequest renewal(long fence) {
        return RenewLeaseRequest.newBuilder().setAttempt(attempt(fence)).build();
    }

    private static ReportProgressRequest progress(long fence, int epoch) {
        ReportProgressRequest.Builder request =
                ReportProgressRequest.newBuilder().setAttempt(attempt(fence));
        request.addProgressBuilder().setEpoch(epoch).setEpochs(2).putMetrics("loss", 1.0 / epoch);
        return request.build();
    }

    private static ReportOutcomeRequest trained(long fence) {
        return ReportOutcomeRequest.newBuilder()
                .setAttempt(attempt(fence))
                .setTrained(Trained.newBuilder()
                        .addFiles(ModelFile.newBuilder()
                                .setPath("model.onnx")
                                .setKind(FileKind.FILE_KIND_ONNX_MODEL)
                                .setSha256("a".repeat(64))))
                .build();
    }

    private static ReportOutcomeRequest failure(Failure.Cause cause, String message) {
        return ReportOutcomeRequest.newBuilder()
                .setAttempt(attempt(1))
                .setFailure(Failure.newBuilder().setCause(cause).setMessage(message))
                .build();
    }
}
