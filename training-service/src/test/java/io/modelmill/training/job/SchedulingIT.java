package io.modelmill.training.job;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.util.Durations;
import io.modelmill.proto.training.v1.CreateTrainingJobRequest;
import io.modelmill.proto.training.v1.Scheduling;
import io.modelmill.proto.training.v1.TrainingJob;
import io.modelmill.servicekit.fixture.TestCallers;
import io.modelmill.training.fixture.CleanSlate;
import io.modelmill.training.fixture.Jobs;
import io.modelmill.training.fixture.Refusal;
import io.modelmill.training.fixture.Rooms;
import io.modelmill.training.fixture.TrainingServiceTest;
import io.modelmill.training.schedule.BackgroundWork;
import jakarta.inject.Inject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What owners say of a job's turn: what it comes after, how long it waits, what it may use. */
@TrainingServiceTest
class SchedulingIT {
    @Inject
    CleanSlate slate;

    @Inject
    BackgroundWork background;

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
    }

    @AfterEach
    void disconnect() {
        callers.close();
    }

    @Test
    void waitsUntilAllThatItComesAfterHaveSucceeded() {
        TrainingJob one = submit("one", scheduling());
        TrainingJob two = submit("two", scheduling());
        TrainingJob last = submit("last", after(one, two).setPriority(9));
        assertThat(last.getScheduling().getAfterList()).containsExactly(one.getName(), two.getName());
        assertThat(startAll()).containsExactly("one", "two");
        succeed(one);
        assertThat(startAll()).isEmpty();
        succeed(two);
        assertThat(startAll()).containsExactly("last");
        assertThat(submit("later", after(one)).getState()).isEqualTo(TrainingJob.State.STATE_QUEUED);
        assertThat(startAll()).containsExactly("later");
    }

    @Test
    void endsWithAllThatComeAfterItIfItDoesNotSucceed() {
        TrainingJob one = submit("one", scheduling());
        TrainingJob two = submit("two", scheduling());
        TrainingJob middle = submit("middle", after(one, two));
        TrainingJob last = submit("last", after(middle, two));
        jobs.cancel(one.getName());
        for (TrainingJob ended : List.of(middle, last)) {
            assertThat(jobs.get(ended.getName()).getState()).isEqualTo(TrainingJob.State.STATE_CANCELLED);
        }
        assertThat(jobs.get(middle.getName()).getStateReason())
                .isEqualTo("comes after tenants/acme/trainingJobs/one, which is CANCELLED");
        assertThat(jobs.get(last.getName()).getStateReason())
                .isEqualTo("comes after tenants/acme/trainingJobs/middle, which is CANCELLED");
        assertThat(startAll()).containsExactly("two");
        succeed(two);
    }

    @Test
    void tellsEveryJobThatItCannotComeAfter() {
        TrainingJob ended = submit("ended", scheduling());
        jobs.cancel(ended.getName());
        Refusal refusal = Refusal.of(() -> submit(
                "job",
                after(ended)
                        .addAfter("tenants/acme/trainingJobs/job")
                        .addAfter("tenants/bolt/trainingJobs/other")
                        .addAfter("one")));
        assertThat(refusal.fields())
                .containsExactly(
                        "training_job.scheduling.after[0]: \"tenants/acme/trainingJobs/ended: CANCELLED\""
                                + " (expected: a job that has succeeded or may yet succeed)",
                        "training_job.scheduling.after[1]: \"tenants/acme/trainingJobs/job\" (expected: a job of tenants/acme)",
                        "training_job.scheduling.after[2]: \"tenants/bolt/trainingJobs/other\""
                                + " (expected: a job of tenants/acme)",
                        "training_job.scheduling.after[3]: \"one\" (expected: a job of tenants/acme)");
        Scheduling.Builder many = scheduling();
        IntStream.range(0, 33).forEach(i -> many.addAfter("tenants/acme/trainingJobs/j" + i));
        assertThat(Refusal.of(() -> submit("job", many)).fields())
                .containsExactly("training_job.scheduling.after: \"33 jobs\" (expected: at most 32)");
    }

    /** Ends of jobs and submissions of those that come after them, at the same time. */
    @Test
    void losesNobodyWhoComesAfterJobsThatEndMeanwhile() throws Exception {
        for (int round = 0; round < 10; round++) {
            TrainingJob one = submit("one-" + round, scheduling());
            TrainingJob two = submit("two-" + round, scheduling());
            startAll();
            String id = "after-" + round;
            boolean good = round % 2 == 0;
            List<Callable<Object>> all = List.of(
                    () -> end(one, good),
                    () -> end(two, true),
                    () -> life.submit(newJob(id, List.of(one.getName(), two.getName()))));
            try (ExecutorService threads = Executors.newFixedThreadPool(3)) {
                for (Future<Object> done : threads.invokeAll(all)) {
                    done.get();
                }
            }
            assertThat(startAll()).isEqualTo(good ? List.of(id) : List.of());
            assertThat(jobs.get("tenants/acme/trainingJobs/" + id).getState())
                    .isEqualTo(good ? TrainingJob.State.STATE_STARTING : TrainingJob.State.STATE_CANCELLED);
        }
    }

    @Test
    void timesOutInTheQueueAndSaysSo() {
        TrainingJob waits = submit("waits", scheduling().setMaxQueueDuration(Durations.fromMillis(1)));
        assertThat(waits.getScheduling().getMaxQueueDuration()).isEqualTo(Durations.fromMillis(1));
        jdbi.useHandle(handle -> handle.execute("UPDATE training_job SET priority = 0, dependencies = 1"));
        background.start();
        assertThat(jobs.await(waits, TrainingJob.State.STATE_TIMED_OUT).getStateReason())
                .isEqualTo("waited longer than max_queue_duration: PT0.001S");
    }

    @Test
    void startedInTimeItWaitsAsLongAsItMust() {
        TrainingJob waits = submit("waits", scheduling().setMaxQueueDuration(Durations.fromHours(1)));
        startAll();
        assertThat(job(waits).queueDeadline()).isEmpty();
    }

    @Test
    void refusesWaitThatIsNone() {
        for (long seconds : new long[] {0, -5, 31_536_001}) {
            Refusal refusal =
                    Refusal.of(() -> submit("waits", scheduling().setMaxQueueDuration(Durations.fromSeconds(seconds))));
            assertThat(refusal.fields())
                    .singleElement()
                    .asString()
                    .startsWith("training_job.scheduling.max_queue_duration: ")
                    .endsWith(" (expected: above PT0S, at most PT8760H)");
        }
    }

    @Test
    void triesABiggerClassOnceWhenMemoryDoesNotSuffice() {
        TrainingJob job = submit("hungry", scheduling());
        startAll();
        hunger(job);
        TrainingJob waits = jobs.get(job.getName());
        assertThat(waits.getState()).isEqualTo(TrainingJob.State.STATE_RETRY_WAIT);
        assertThat(waits.getStateReason())
                .isEqualTo("out of memory in class small (4294967296 bytes), is tried in class medium: heap");
        assertThat(waits.getScheduling().getResourceClass()).isEqualTo("medium");
        assertThat(waits.getResources().getMemoryBytes()).isEqualTo(16L << 30);
        assertThat(job(job).failures()).isZero();
        life.happen(job(job).name(), new Happening.RetryDue());
        startAll();
        hunger(job);
        TrainingJob failed = jobs.get(job.getName());
        assertThat(failed.getState()).isEqualTo(TrainingJob.State.STATE_FAILED);
        assertThat(failed.getStateReason())
                .isEqualTo("out of memory in class medium (17179869184 bytes), and before in class small: heap");
    }

    @Test
    void keepsTheClassThatTheJobNames() {
        TrainingJob job = submit("hungry", scheduling().setResourceClass("small"));
        startAll();
        hunger(job);
        assertThat(jobs.get(job.getName()).getState()).isEqualTo(TrainingJob.State.STATE_FAILED);
        assertThat(jobs.get(job.getName()).getStateReason())
                .isEqualTo("out of memory in class small (4294967296 bytes), which the job names: heap");
    }

    private void hunger(TrainingJob job) {
        Job now = job(job);
        assertThat(life.happen(now.name(), now.attempt(), new Happening.OutOfMemory("heap")))
                .isPresent();
    }

    private Job job(TrainingJob job) {
        return life.locked(JobName.parse(job.getName(), "name"), LockedJob::job);
    }

    private Object end(TrainingJob job, boolean good) {
        if (good) {
            succeed(job);
        } else {
            life.happen(JobName.parse(job.getName(), "name"), new Happening.JobFault("wrong"));
        }
        return job;
    }

    private void succeed(TrainingJob job) {
        JobName name = JobName.parse(job.getName(), "name");
        life.happen(name, new Happening.AssignmentTaken());
        life.happen(name, new Happening.ModelTrained(new TrainedModel(List.of(), List.of(), Map.of())));
        life.happen(name, new Happening.VersionReady(job.getName() + "/versions/1", Map.of()));
        assertThat(jobs.get(job.getName()).getState()).isEqualTo(TrainingJob.State.STATE_SUCCEEDED);
    }

    private NewJob newJob(String id, List<String> after) {
        Job like = life.locked(new JobName("acme", "one-0"), LockedJob::job);
        return new NewJob(
                new JobName("acme", id),
                Optional.empty(),
                like.spec(),
                Optional.empty(),
                Optional.empty(),
                like.resourceClass(),
                new io.modelmill.training.job.Scheduling(0, false, after, Optional.empty()),
                Optional.empty());
    }

    private List<String> startAll() {
        List<String> started = new ArrayList<>();
        for (Optional<Job> next = life.startNext("test", Rooms.PLENTY);
                next.isPresent();
                next = life.startNext("test", Rooms.PLENTY)) {
            started.add(next.get().name().job());
        }
        return started;
    }

    private static Scheduling.Builder scheduling() {
        return Scheduling.newBuilder();
    }

    private static Scheduling.Builder after(TrainingJob... before) {
        Scheduling.Builder scheduling = Scheduling.newBuilder();
        for (TrainingJob one : before) {
            scheduling.addAfter(one.getName());
        }
        return scheduling;
    }

    private TrainingJob submit(String id, Scheduling.Builder scheduling) {
        CreateTrainingJobRequest.Builder request = jobs.request(id, jobs.spec("ready"));
        request.getTrainingJobBuilder().setScheduling(scheduling);
        return jobs.service().createTrainingJob(request.build());
    }
}
