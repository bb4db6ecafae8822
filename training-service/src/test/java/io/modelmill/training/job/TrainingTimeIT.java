package io.modelmill.training.job;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.util.Durations;
import io.modelmill.proto.training.v1.JobEvent;
import io.modelmill.proto.training.v1.TrainingJob;
import io.modelmill.servicekit.fixture.TestCallers;
import io.modelmill.training.fixture.CleanSlate;
import io.modelmill.training.fixture.Jobs;
import io.modelmill.training.fixture.Rooms;
import io.modelmill.training.fixture.TrainingServiceTest;
import jakarta.inject.Inject;
import java.util.List;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How long attempts trained, as the database keeps it and as the events tell it. */
@TrainingServiceTest
class TrainingTimeIT {
    @Inject
    CleanSlate slate;

    @Inject
    JobLife life;

    @Inject
    Jdbi jdbi;

    private TestCallers callers;
    private Jobs jobs;
    private JobName job;

    @BeforeEach
    void connect() {
        slate.still();
        callers = TestCallers.connect();
        jobs = new Jobs(callers.tenant("acme"), "acme");
        job = JobName.parse(jobs.submit("train-1").getName(), "name");
    }

    @AfterEach
    void disconnect() {
        callers.close();
    }

    @Test
    void countsFromRunningToTheEndOfTheAttempt() {
        life.startNext("test", Rooms.PLENTY);
        life.happen(job, new Happening.AssignmentTaken());
        ranSince("90 seconds");
        life.happen(job, new Happening.JobFault("enough"));

        List<JobEvent> events = jobs.watch(job.toString(), 0);
        JobEvent end = events.getLast();
        assertThat(end.getTransition().getTo()).isEqualTo(TrainingJob.State.STATE_FAILED);
        long told = Durations.toMillis(end.getTransition().getAttemptTrainingTime());
        assertThat(told).isGreaterThanOrEqualTo(90_000);
        assertThat(told).isEqualTo(stored(1)).isEqualTo(reckoned(1));
        assertThat(events.subList(0, events.size() - 1))
                .as("no other transition ends an attempt")
                .noneMatch(event -> event.getTransition().hasAttemptTrainingTime());
    }

    /** Attempts that never ran, that were lost, and that had to be asked to stop: all events together are the sum. */
    @Test
    void sumOfTheEventsIsTheSumOfTheDatabase() {
        life.startNext("test", Rooms.PLENTY);
        life.happen(job, 1, new Happening.PlatformFault("never ran", false));
        life.happen(job, new Happening.RetryDue());
        life.startNext("test", Rooms.PLENTY);
        life.happen(job, new Happening.AssignmentTaken());
        ranSince("2 seconds");
        life.happen(job, 2, new Happening.PlatformFault("died", false));
        life.happen(job, new Happening.RetryDue());
        life.startNext("test", Rooms.PLENTY);
        life.happen(job, new Happening.AssignmentTaken());
        jobs.cancel(job.toString());
        ranSince("3 seconds");
        life.happen(job, new Happening.CancelGraceEnded());

        List<Long> told = jobs.watch(job.toString(), 0).stream()
                .map(JobEvent::getTransition)
                .filter(transition -> transition.hasAttemptTrainingTime())
                .map(transition -> Durations.toMillis(transition.getAttemptTrainingTime()))
                .toList();
        assertThat(told).hasSize(3).first().isEqualTo(0L);
        assertThat(told.get(1)).isGreaterThanOrEqualTo(2_000);
        assertThat(told.get(2)).isGreaterThanOrEqualTo(3_000);
        assertThat(told).containsExactly(stored(1), stored(2), stored(3));
    }

    @Test
    void takesNothingBackWhenTheClockIsSetBack() {
        life.startNext("test", Rooms.PLENTY);
        life.happen(job, new Happening.AssignmentTaken());
        ranSince("-1 hour");
        life.happen(job, new Happening.JobFault("enough"));
        assertThat(stored(1)).isZero();
    }

    /** As if the open attempt had begun to train that long ago. */
    private void ranSince(String ago) {
        jdbi.useHandle(handle -> handle.execute(
                "UPDATE job_attempt SET run_time = run_time - interval '" + ago + "' WHERE end_time IS NULL"));
    }

    private long stored(int attempt) {
        return value("training_millis", attempt);
    }

    private long reckoned(int attempt) {
        return value("floor(extract(epoch FROM end_time - run_time) * 1000)::bigint", attempt);
    }

    private long value(String expression, int attempt) {
        return jdbi.withHandle(
                handle -> handle.createQuery("SELECT " + expression + " FROM job_attempt WHERE number = :attempt")
                        .bind("attempt", attempt)
                        .mapTo(Long.class)
                        .one());
    }
}
