package io.modelmill.training.queue;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.util.Timestamps;
import io.modelmill.proto.training.v1.CreateTrainingJobRequest;
import io.modelmill.proto.training.v1.ListTrainingJobsRequest;
import io.modelmill.proto.training.v1.Queue;
import io.modelmill.proto.training.v1.Scheduling;
import io.modelmill.proto.training.v1.TrainingJob;
import io.modelmill.servicekit.fixture.TestCallers;
import io.modelmill.training.fixture.CleanSlate;
import io.modelmill.training.fixture.Jobs;
import io.modelmill.training.fixture.Rooms;
import io.modelmill.training.fixture.TrainingServiceTest;
import io.modelmill.training.job.Happening;
import io.modelmill.training.job.Job;
import io.modelmill.training.job.JobLife;
import io.modelmill.training.job.JobName;
import jakarta.inject.Inject;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What tenants are told of jobs that wait. */
@TrainingServiceTest
class QueueStandingIT {
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
        new Jobs(callers.tenant("bolt"), "bolt").submit("theirs-1");
    }

    @AfterEach
    void disconnect() {
        jdbi.useHandle(handle -> handle.execute("DELETE FROM tenant_quota"));
        callers.close();
    }

    @Test
    void countsTheTenantsOwnJobsInTheirOrder() {
        TrainingJob low = submit("low", Scheduling.newBuilder());
        TrainingJob high = submit("high", Scheduling.newBuilder().setPriority(1));
        TrainingJob after = submit("after", Scheduling.newBuilder().addAfter(low.getName()));
        assertThat(high.getQueue().getPosition()).isEqualTo(1);
        assertThat(jobs.get(low.getName()).getQueue())
                .isEqualTo(Queue.newBuilder()
                        .setPosition(2)
                        .setWaitsFor("its turn, and room for its worker")
                        .build());
        assertThat(after.getQueue())
                .isEqualTo(Queue.newBuilder()
                        .setWaitsFor("1 of the jobs that it comes after")
                        .build());
        List<TrainingJob> all = jobs.service()
                .listTrainingJobs(ListTrainingJobsRequest.newBuilder()
                        .setParent("tenants/acme")
                        .build())
                .getTrainingJobsList();
        assertThat(all).extracting(job -> job.getQueue().getPosition()).containsExactly(0, 1, 2);
    }

    @Test
    void namesTheQuotaThatHoldsItBack() {
        jdbi.useHandle(handle -> handle.execute(
                "INSERT INTO tenant_quota (tenant, max_running_jobs, max_cores)" + " VALUES ('acme', 1, 2)"));
        submit("first", Scheduling.newBuilder());
        Job first = life.startNext("test", Rooms.PLENTY)
                .filter(job -> job.name().tenant().equals("acme"))
                .or(() -> life.startNext("test", Rooms.PLENTY))
                .orElseThrow();
        assertThat(jobs.get(first.name().toString()).hasQueue()).isFalse();
        assertThat(submit("second", Scheduling.newBuilder()).getQueue().getWaitsFor())
                .isEqualTo("quota of running jobs: 2 of 1");
        assertThat(submit("large", Scheduling.newBuilder().setResourceClass("large"))
                        .getQueue()
                        .getWaitsFor())
                .isEqualTo("quota of cores: 8 of 2");
    }

    @Test
    void tellsUntilWhenItWaitsForAnotherAttempt() {
        submit("first", Scheduling.newBuilder());
        life.startNext("test", Rooms.PLENTY);
        life.startNext("test", Rooms.PLENTY);
        TrainingJob first = jobs.get("tenants/acme/trainingJobs/first");
        Job job = life.happen(JobName.parse(first.getName(), "name"), new Happening.PlatformFault("died", false))
                .orElseThrow();
        assertThat(jobs.get(first.getName()).getQueue())
                .isEqualTo(Queue.newBuilder()
                        .setWaitsFor("the wait before another attempt, until "
                                + job.dueTime().orElseThrow())
                        .build());
    }

    @Test
    void reckonsTheStartFromTheTenantsOwnJobs() {
        submit("first", Scheduling.newBuilder());
        assertThat(jobs.get("tenants/acme/trainingJobs/first").getQueue().hasEstimatedStartTime())
                .isFalse();
        life.startNext("test", Rooms.PLENTY);
        life.startNext("test", Rooms.PLENTY);
        jdbi.useHandle(handle -> handle.execute("UPDATE job_attempt SET training_millis = 3600000,"
                + " end_time = clock_timestamp(), outcome = 'TRAINED'"));
        submit("second", Scheduling.newBuilder());
        Instant before = Instant.now();
        Queue third = submit("third", Scheduling.newBuilder()).getQueue();
        assertThat(third.getPosition()).isEqualTo(2);
        assertThat(Instant.ofEpochMilli(Timestamps.toMillis(third.getEstimatedStartTime())))
                .isBetween(before.plus(Duration.ofMinutes(119)), Instant.now().plus(Duration.ofMinutes(121)));
    }

    private TrainingJob submit(String id, Scheduling.Builder scheduling) {
        CreateTrainingJobRequest.Builder request = jobs.request(id, jobs.spec("ready"));
        request.getTrainingJobBuilder().setScheduling(scheduling);
        return jobs.service().createTrainingJob(request.build());
    }
}
