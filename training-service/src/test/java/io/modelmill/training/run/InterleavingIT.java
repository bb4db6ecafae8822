package io.modelmill.training.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelmill.servicekit.error.ServiceException;
import io.modelmill.servicekit.fixture.TestCallers;
import io.modelmill.training.fixture.CleanSlate;
import io.modelmill.training.fixture.Jobs;
import io.modelmill.training.fixture.Rooms;
import io.modelmill.training.fixture.TrainingServiceTest;
import io.modelmill.training.job.Happening;
import io.modelmill.training.job.Job;
import io.modelmill.training.job.JobLife;
import io.modelmill.training.job.JobName;
import io.modelmill.training.job.JobState;
import io.modelmill.training.job.LockedJob;
import io.modelmill.training.job.TrainedModel;
import jakarta.inject.Inject;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.Test;

/**
 * Schedulers of several replicas, workers that live and that are long over, sweepers and owners, all at once and in an order that
 * only a seed knows.
 */
@TrainingServiceTest
class InterleavingIT {
    private static final int CASES = 200;
    private static final int ACTORS = 4;
    private static final int ACTIONS = 20;
    private static final int JOBS = 3;

    @Inject
    CleanSlate slate;

    @Inject
    JobLife life;

    @Inject
    Attempts attempts;

    @Inject
    Jdbi jdbi;

    @Test
    void jobEndsOnceAndIsHeldByOneAttemptAtATime() throws Exception {
        slate.still();
        try (TestCallers callers = TestCallers.connect();
                ExecutorService threads = Executors.newFixedThreadPool(ACTORS)) {
            Jobs jobs = new Jobs(callers.tenant("acme"), "acme");
            for (int seed = 0; seed < CASES; seed++) {
                List<JobName> names = new ArrayList<>();
                for (int i = 0; i < JOBS; i++) {
                    names.add(JobName.parse(jobs.submit("j-" + seed + "-" + i).getName(), "name"));
                }
                List<Callable<List<String>>> actors = new ArrayList<>();
                for (int actor = 0; actor < ACTORS; actor++) {
                    Random random = new Random(seed * 31L + actor);
                    String runner = "runner-" + actor;
                    actors.add(() -> act(random, runner, names));
                }
                List<String> started = new ArrayList<>();
                for (Future<List<String>> actor : threads.invokeAll(actors)) {
                    started.addAll(actor.get());
                }
                assertThat(started).as("seed %d: starts", seed).doesNotHaveDuplicates();
                for (JobName name : names) {
                    drain(name);
                    check(seed, name);
                }
            }
        }
    }

    /** Does what comes into its head. Answers the attempts that it started. */
    private List<String> act(Random random, String runner, List<JobName> names) {
        List<String> started = new ArrayList<>();
        for (int action = 0; action < ACTIONS; action++) {
            JobName name = names.get(random.nextInt(JOBS));
            int fence = 1 + random.nextInt(3);
            Attempts.Ref ref = new Attempts.Ref(name, fence);
            switch (random.nextInt(14)) {
                case 0, 1, 2 ->
                    life.startNext(runner, Rooms.PLENTY)
                            .ifPresent(job -> started.add(job.name() + "#" + job.attempt()));
                case 3, 4, 5 -> worker(ref, () -> attempts.take(ref).job());
                case 6 -> worker(ref, () -> attempts.renew(ref).job());
                case 7 -> end(ref, new Happening.ModelTrained(new TrainedModel(List.of(), List.of(), Map.of())));
                case 8 -> end(ref, new Happening.PlatformFault("died", true));
                case 9 -> end(ref, random.nextBoolean() ? new Happening.Yielded(true) : new Happening.WorkerStopped());
                case 10 -> life.happen(name, fence, new Happening.PlatformFault("the lease ended", false));
                case 11 -> life.happen(name, new Happening.RetryDue());
                case 12 -> {
                    if (random.nextInt(4) == 0) {
                        life.happen(name, new Happening.CancelAsked());
                    }
                    jdbi.useHandle(handle -> handle.execute(
                            "UPDATE job_attempt SET yield_time = clock_timestamp()"
                                    + " WHERE end_time IS NULL AND number = ?",
                            fence));
                }
                default -> life.happen(name, new Happening.VersionReady(name + "/versions/1", Map.of()));
            }
        }
        return started;
    }

    /** What an attempt is let do, it does as the current one. */
    private void worker(Attempts.Ref ref, Callable<Job> call) {
        try {
            assertThat((long) call.call().attempt()).isEqualTo(ref.fencingToken());
        } catch (ServiceException refused) {
            assertThat(refused.reason().toString()).isIn("STALE_ATTEMPT", "ATTEMPT_NOT_ASSIGNED");
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private void end(Attempts.Ref ref, Happening outcome) {
        try {
            attempts.end(ref, outcome);
        } catch (ServiceException refused) {
            assertThat(refused.reason().toString()).isIn("STALE_ATTEMPT", "ATTEMPT_NOT_ASSIGNED");
        }
    }

    /** Brings a job to its end. */
    private void drain(JobName name) {
        for (Job job = job(name); !job.state().isTerminal(); job = job(name)) {
            Attempts.Ref ref = new Attempts.Ref(name, job.attempt());
            Optional<Job> moved = switch (job.state()) {
                case QUEUED -> life.startNext("drain", Rooms.PLENTY);
                case STARTING -> Optional.of(attempts.take(ref).job());
                case RUNNING ->
                    life.happen(name, new Happening.ModelTrained(new TrainedModel(List.of(), List.of(), Map.of())));
                case FINALIZING -> life.happen(name, new Happening.VersionReady(name + "/versions/1", Map.of()));
                case RETRY_WAIT -> life.happen(name, new Happening.RetryDue());
                case CANCELLING -> life.happen(name, new Happening.CancelGraceEnded());
                default -> Optional.empty();
            };
            assertThat(moved).as("%s is stuck in %s", name, job.state()).isPresent();
        }
    }

    private Job job(JobName name) {
        return life.locked(name, LockedJob::job);
    }

    private void check(int seed, JobName name) {
        String what = "seed " + seed + ", " + name;
        long key = job(name).key();
        List<String> states =
                jdbi.withHandle(handle -> handle.createQuery("SELECT to_state || ':' || attempt FROM job_event"
                                + " WHERE job_key = :key AND to_state IS NOT NULL ORDER BY sequence")
                        .bind("key", key)
                        .mapTo(String.class)
                        .list());
        assertThat(states.stream()
                        .map(state -> JobState.valueOf(state.substring(0, state.indexOf(':'))))
                        .filter(JobState::isTerminal))
                .as(what)
                .hasSize(1);
        assertThat(JobState.valueOf(
                                states.getLast().substring(0, states.getLast().indexOf(':')))
                        .isTerminal())
                .as(what)
                .isTrue();
        List<String> starts =
                states.stream().filter(state -> state.startsWith("STARTING:")).toList();
        Set<String> distinct = new HashSet<>(starts);
        assertThat(distinct).as(what).hasSameSizeAs(starts);
        for (int i = 0; i < starts.size(); i++) {
            assertThat(starts.get(i)).as(what).isEqualTo("STARTING:" + (i + 1));
        }
        List<Integer> overlaps = jdbi.withHandle(handle -> handle.createQuery(
                        "SELECT b.number FROM job_attempt a JOIN job_attempt b ON b.job_key = a.job_key"
                                + " AND b.number = a.number + 1 WHERE a.job_key = :key AND (a.end_time IS NULL"
                                + " OR a.end_time > b.start_time)")
                .bind("key", key)
                .mapTo(Integer.class)
                .list());
        assertThat(overlaps).as(what + ": attempts at the same time").isEmpty();
    }
}
