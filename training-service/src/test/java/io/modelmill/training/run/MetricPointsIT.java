package io.modelmill.training.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.modelmill.proto.training.v1.ListMetricPointsRequest;
import io.modelmill.proto.training.v1.ListMetricPointsResponse;
import io.modelmill.proto.training.v1.MetricPoint;
import io.modelmill.proto.training.v1.Progress;
import io.modelmill.proto.training.v1.TrainingJobServiceGrpc;
import io.modelmill.proto.training.worker.v1.AttemptRef;
import io.modelmill.proto.training.worker.v1.GetAssignmentRequest;
import io.modelmill.proto.training.worker.v1.ReportProgressRequest;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is kept of the measures that workers tell. */
@TrainingServiceTest
class MetricPointsIT {
    private static final String JOB = "tenants/acme/trainingJobs/train-1";

    @Inject
    CleanSlate slate;

    @Inject
    JobLife life;

    private TestCallers callers;
    private Jobs jobs;
    private WorkerServiceGrpc.WorkerServiceBlockingStub worker;

    @BeforeEach
    void connect() {
        slate.still();
        callers = TestCallers.connect();
        jobs = new Jobs(callers.tenant("acme"), "acme");
        jobs.submit("train-1", jobs.spec("ready").setEpochs(1000));
        worker = WorkerServiceGrpc.newBlockingStub(
                callers.as(new Caller(JOB, Optional.of("acme"), Set.of(Role.WORKER))));
        start(1);
    }

    @AfterEach
    void disconnect() {
        callers.close();
    }

    @Test
    void keepsEveryPointAlthoughFewAreEvents() {
        ReportProgressRequest.Builder batch = report(1);
        for (int epoch = 1; epoch <= 300; epoch++) {
            batch.addProgress(point(epoch - 1, epoch * 10L - 5, 0.5));
            batch.addProgress(point(epoch, epoch * 10L, 1.0 / epoch));
        }
        worker.reportProgress(batch.build());
        worker.reportProgress(batch.build());
        List<MetricPoint> all = points(request(0));
        assertThat(all).hasSize(600);
        assertThat(all).isSortedAccordingTo((a, b) -> Long.compare(a.getStep(), b.getStep()));
        MetricPoint last = all.getLast();
        assertThat(last.getEpoch()).isEqualTo(300);
        assertThat(last.getAttempt()).isEqualTo(1);
        assertThat(last.getMetricsMap()).containsEntry("loss", 1.0 / 300);
        assertThat(last.hasTime()).isTrue();
        assertThat(points(request(2990))).extracting(MetricPoint::getStep).containsExactly(2995L, 3000L);
        assertThat(points(request(3000))).isEmpty();
    }

    /** The point at the end of an epoch has more to say than one within it at the same step. */
    @Test
    void keepsTheEndOfAnEpochAndLeavesOutPointsWithoutAStep() {
        worker.reportProgress(report(1)
                .addProgress(point(0, 10, 0.9))
                .addProgress(point(1, 10, 0.8))
                .build());
        worker.reportProgress(report(1).addProgress(point(0, 10, 0.9)).build());
        worker.reportProgress(report(1).addProgress(point(2, 0, 0.7)).build());
        assertThat(points(request(0)))
                .extracting(point -> point.getEpoch() + ":" + point.getStep() + ":" + point.getMetricsOrThrow("loss"))
                .containsExactly("1:10:0.8");
        assertThat(jobs.get(JOB).getProgress().getEpoch()).isEqualTo(2);
    }

    @Test
    void laterAttemptReplacesThePointsOfTheStepsThatItDoesAgain() {
        worker.reportProgress(report(1)
                .addProgress(point(1, 10, 0.9))
                .addProgress(point(1, 15, 0.85))
                .addProgress(point(2, 20, 0.8))
                .addProgress(point(3, 30, 0.7))
                .addProgress(point(3, 34, 0.65))
                .build());
        life.happen(JobName.parse(JOB, "name"), 1, new Happening.PlatformFault("died", false));
        life.happen(JobName.parse(JOB, "name"), new Happening.RetryDue());
        start(2);
        Refusal stale = Refusal.of(() ->
                worker.reportProgress(report(1).addProgress(point(4, 40, 0.6)).build()));
        assertThat(stale.code()).isEqualTo(Status.Code.ABORTED);
        // As it goes on from a checkpoint behind step 10.
        worker.reportProgress(report(2).addProgress(point(1, 13, 0.86)).build());
        worker.reportProgress(report(2).addProgress(point(2, 20, 0.81)).build());
        worker.reportProgress(report(2).addProgress(point(2, 27, 0.75)).build());
        assertThat(points(request(0)))
                .extracting(point -> point.getAttempt() + ":" + point.getStep() + ":" + point.getMetricsOrThrow("loss"))
                .as("what is not yet done again is still the first attempt's")
                .containsExactly("1:10:0.9", "2:13:0.86", "2:20:0.81", "2:27:0.75", "1:30:0.7", "1:34:0.65");
    }

    @Test
    void pages() {
        ReportProgressRequest.Builder batch = report(1);
        for (int epoch = 1; epoch <= 5; epoch++) {
            batch.addProgress(point(epoch, epoch, 0.5));
        }
        worker.reportProgress(batch.build());
        ListMetricPointsRequest.Builder request = request(1).setPageSize(2);
        ListMetricPointsResponse first = service("acme").listMetricPoints(request.build());
        assertThat(first.getMetricPointsList()).extracting(MetricPoint::getStep).containsExactly(2L, 3L);
        ListMetricPointsResponse second = service("acme")
                .listMetricPoints(request.setPageToken(first.getNextPageToken()).build());
        assertThat(second.getMetricPointsList())
                .extracting(MetricPoint::getStep)
                .containsExactly(4L, 5L);
        assertThat(second.getNextPageToken()).isEmpty();
    }

    @Test
    void refusesOthersAndWrongFields() {
        Refusal other =
                Refusal.of(() -> service("other").listMetricPoints(request(0).build()));
        assertThat(other.code()).isEqualTo(Status.Code.NOT_FOUND);
        Refusal unknown = Refusal.of(() -> service("acme")
                .listMetricPoints(
                        request(0).setParent("tenants/acme/trainingJobs/none").build()));
        assertThat(unknown.code()).isEqualTo(Status.Code.NOT_FOUND);
        assertThat(fields(request(0).setParent("train-1")))
                .containsExactly("parent: \"train-1\" (expected: tenants/{tenant}/trainingJobs/{job})");
        assertThat(fields(request(-1))).containsExactly("after_step: -1 (expected: >= 0)");
        assertThat(fields(request(0).setPageSize(-1))).containsExactly("page_size: -1 (expected: >= 0)");
        assertThat(fields(request(0).setPageToken("bm90LWEtc3RlcA")))
                .containsExactly("page_token: \"not-a-step\" (expected: next_page_token of an earlier answer)");
    }

    private List<String> fields(ListMetricPointsRequest.Builder request) {
        Refusal refusal = Refusal.of(() -> service("acme").listMetricPoints(request.build()));
        assertThat(refusal.code()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        return refusal.fields();
    }

    private List<MetricPoint> points(ListMetricPointsRequest.Builder request) {
        List<MetricPoint> all = new ArrayList<>();
        ListMetricPointsResponse page;
        do {
            page = service("acme").listMetricPoints(request.build());
            all.addAll(page.getMetricPointsList());
            request.setPageToken(page.getNextPageToken());
        } while (!page.getNextPageToken().isEmpty());
        return all;
    }

    private TrainingJobServiceGrpc.TrainingJobServiceBlockingStub service(String tenant) {
        return TrainingJobServiceGrpc.newBlockingStub(callers.tenant(tenant));
    }

    private void start(long attempt) {
        life.startNext("test", Rooms.PLENTY);
        var _ = worker.getAssignment(GetAssignmentRequest.newBuilder()
                .setAttempt(AttemptRef.newBuilder().setJob(JOB).setFencingToken(attempt))
                .build());
    }

    private static ListMetricPointsRequest.Builder request(long afterStep) {
        return ListMetricPointsRequest.newBuilder().setParent(JOB).setAfterStep(afterStep);
    }

    private static ReportProgressRequest.Builder report(long fence) {
        return ReportProgressRequest.newBuilder()
                .setAttempt(AttemptRef.newBuilder().setJob(JOB).setFencingToken(fence));
    }

    private static Progress point(int epoch, long step, double loss) {
        return Progress.newBuilder()
                .setEpoch(epoch)
                .setStep(step)
                .putMetrics("loss", loss)
                .build();
    }
}
