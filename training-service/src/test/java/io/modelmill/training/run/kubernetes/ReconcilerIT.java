package io.modelmill.training.run.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.PodConditionBuilder;
import io.fabric8.kubernetes.api.model.PodStatusBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.modelmill.proto.training.v1.TrainingJob;
import io.modelmill.servicekit.fixture.TestCallers;
import io.modelmill.training.fixture.Await;
import io.modelmill.training.fixture.CleanSlate;
import io.modelmill.training.fixture.Jobs;
import io.modelmill.training.fixture.TrainingServiceTest;
import io.modelmill.training.job.Happening;
import io.modelmill.training.job.JobLife;
import io.modelmill.training.job.JobName;
import io.modelmill.training.job.PostgresAttempts;
import jakarta.inject.Inject;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Whatever the cluster and the database say that the other does not: it is repaired, once. */
@TrainingServiceTest
class ReconcilerIT {
    @Inject
    CleanSlate slate;

    @Inject
    KubernetesRunners runners;

    @Inject
    JobLife life;

    @Inject
    PostgresAttempts attempts;

    @Inject
    Jdbi jdbi;

    private final ClusterServer cluster = new ClusterServer();
    private final List<KubernetesRunner> opened = new ArrayList<>();
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
        opened.forEach(KubernetesRunner::stop);
        callers.close();
        cluster.close();
        assertThat(cluster.faultsLeft()).isZero();
        assertThat(cluster.beyondRole()).isEmpty();
    }

    @Test
    void losesAttemptWhoseJobVanished() throws IOException {
        KubernetesRunner runner = runner();
        TrainingJob seen = jobs.submit("seen");
        String seenName = runners.start(runner);
        TrainingJob running = jobs.submit("running");
        String runningName = runners.start(runner);
        worker(runningName).begin();
        runner.reconcileNow();
        cluster.vanish(seenName);
        cluster.vanish(runningName);
        runner.reconcileNow();
        assertState(seen, TrainingJob.State.STATE_RETRY_WAIT, "the worker's Job is gone");
        assertState(running, TrainingJob.State.STATE_RETRY_WAIT, "the worker's Job is gone");
    }

    @Test
    void learnsAfterRestartThatJobOfRunningAttemptVanished() throws IOException {
        TrainingJob job = jobs.submit("train-1");
        String name = runners.start(runner());
        worker(name).begin();
        cluster.vanish(name);
        runner().reconcileNow();
        assertState(job, TrainingJob.State.STATE_RETRY_WAIT, "the worker's Job is gone");
    }

    @Test
    void givesJobThatMayBeOnItsWayItsTime() {
        KubernetesRunner runner = runner();
        TrainingJob job = jobs.submit("train-1");
        life.startNext(runner.id(), runner.room());
        runner.reconcileNow();
        assertThat(jobs.get(job.getName()).getState()).isEqualTo(TrainingJob.State.STATE_STARTING);
    }

    @Test
    void seesEndsThatNobodyTold() throws IOException {
        KubernetesRunner runner = runner();
        TrainingJob job = jobs.submit("exit");
        String name = runners.start(runner);
        cluster.podEnded(name, 70, "Error");
        runner.reconcileNow();
        assertThat(jobs.get(job.getName()).getState()).isEqualTo(TrainingJob.State.STATE_STARTING);
        cluster.condition(name, "Failed", "BackoffLimitExceeded");
        runner.reconcileNow();
        assertState(job, TrainingJob.State.STATE_RETRY_WAIT, "the worker ended with exit code 70");
        assertThat(cluster.jobs()).hasSize(1);
    }

    @Test
    void tellsOutOfMemoryFromEvictionAndFromTheLossOfItsPlace() throws IOException {
        KubernetesRunner runner = runner();
        TrainingJob memory = jobs.submit("memory");
        String hungry = runners.start(runner);
        cluster.podEnded(hungry, 137, "OOMKilled");
        cluster.condition(hungry, "Failed", "BackoffLimitExceeded");
        TrainingJob disk = jobs.submit("disk");
        String greedy = runners.start(runner);
        cluster.pod(
                greedy,
                new PodStatusBuilder()
                        .withPhase("Failed")
                        .withReason("Evicted")
                        .withMessage("Usage of EmptyDir volume \"work\" exceeds the limit")
                        .build());
        cluster.condition(greedy, "Failed", "BackoffLimitExceeded");
        TrainingJob place = jobs.submit("place");
        String displaced = runners.start(runner);
        cluster.pod(
                displaced,
                new PodStatusBuilder()
                        .withConditions(new PodConditionBuilder()
                                .withType("DisruptionTarget")
                                .withStatus("True")
                                .withReason("PreemptionByScheduler")
                                .withMessage("preempted")
                                .build())
                        .build());
        cluster.condition(displaced, "Failed", "BackoffLimitExceeded");
        TrainingJob late = jobs.submit("late");
        String overdue = runners.start(runner);
        cluster.condition(overdue, "Failed", "DeadlineExceeded");
        runner.reconcileNow();
        assertThat(jobs.get(memory.getName()).getStateReason())
                .isEqualTo(
                        "out of memory in class small (4294967296 bytes), is tried in class medium: the worker was killed for its memory");
        assertState(
                disk,
                TrainingJob.State.STATE_RETRY_WAIT,
                "the worker was ended by the cluster: Evicted: Usage of EmptyDir volume \"work\" exceeds the limit");
        assertState(
                place,
                TrainingJob.State.STATE_RETRY_WAIT,
                "the cluster took the worker's place: PreemptionByScheduler: preempted");
        assertState(late, TrainingJob.State.STATE_TIMED_OUT, "ran longer than max_duration; ended by the cluster");
        assertThat(failures("disk")).isEqualTo(1);
        assertThat(failures("place")).isZero();
    }

    @Test
    void neverMakesJobAgainThatItsTimeToLiveEnded() throws IOException {
        KubernetesRunner runner = runner();
        TrainingJob trained = jobs.submit("trained");
        String first = runners.start(runner);
        worker(first).begin();
        worker(first).train();
        cluster.condition(first, "Complete", "CompletionsReached");
        TrainingJob failed = jobs.submit("failed");
        String second = runners.start(runner);
        cluster.condition(second, "Failed", "BackoffLimitExceeded");
        runner.reconcileNow();
        cluster.vanish(first);
        cluster.vanish(second);
        long made = made();
        runner.reconcileNow();
        runner().reconcileNow();
        assertThat(made()).isEqualTo(made);
        assertThat(cluster.jobs()).isEmpty();
        assertThat(jobs.get(trained.getName()).getState()).isEqualTo(TrainingJob.State.STATE_FINALIZING);
        assertThat(jobs.get(failed.getName()).getState()).isEqualTo(TrainingJob.State.STATE_RETRY_WAIT);
        // The next attempt is another Job.
        life.happen(name(failed), new Happening.RetryDue());
        assertThat(runners.start(runner)).isEqualTo(second.replaceAll("-1$", "-2"));
        assertThat(cluster.jobs()).hasSize(1);
    }

    @Test
    void deletesJobsWithoutAttemptAndLeavesThoseOfOthers() throws IOException {
        KubernetesRunner runner = runner();
        KubernetesRunner other = runner("name-prefix", "other");
        jobs.submit("lost");
        String lost = runners.start(runner);
        TrainingJob kept = jobs.submit("kept");
        String keptName = runners.start(runner);
        jobs.submit("theirs");
        String theirs = runners.start(other);
        cluster.control
                .batch()
                .v1()
                .jobs()
                .inNamespace(ClusterServer.NAMESPACE)
                .resource(new JobBuilder(cluster.job(keptName))
                        .editMetadata()
                        .withName("modelmill-unknown")
                        .withUid(null)
                        .withResourceVersion(null)
                        .addToLabels("modelmill.io/attempt", "7")
                        .endMetadata()
                        .build())
                .create();
        life.happen(new JobName("acme", "lost"), 1, new Happening.PlatformFault("silent", false));
        runner.reconcileNow();
        assertThat(cluster.jobs())
                .extracting(job -> job.getMetadata().getName())
                .containsExactlyInAnyOrder(keptName, theirs.replace("modelmill", "other"));
        assertThat(cluster.job(lost)).isNull();
        assertThat(jobs.get(kept.getName()).getState()).isEqualTo(TrainingJob.State.STATE_STARTING);
        assertThat(cluster.requests()).anyMatch(request -> request.startsWith("DELETE ") && request.contains(lost));
    }

    @Test
    void letsWorkerOfEndedAttemptEndByItselfFirst() throws IOException {
        KubernetesRunner patient = runner();
        KubernetesRunner hurried = runner("exit-grace", "PT0.001S");
        jobs.submit("train-1");
        String name = runners.start(patient);
        cluster.podRuns(name);
        WorkerOfSecret worker = worker(name);
        worker.begin();
        worker.train();
        patient.reconcileNow();
        assertThat(cluster.jobs()).hasSize(1);
        Await.until("the grace is over", () -> {
            hurried.reconcileNow();
            return cluster.jobs().isEmpty();
        });
    }

    @Test
    void deletesCancelledWorkersAtOnceIfTheyHaveNotBegun() throws IOException {
        KubernetesRunner runner = runner();
        TrainingJob waiting = jobs.submit("waiting");
        runners.start(runner);
        jobs.cancel(waiting.getName());
        runner.reconcileNow();
        assertState(waiting, TrainingJob.State.STATE_CANCELLED, "cancelled by its owner; the worker has stopped");
        runner.reconcileNow();
        assertThat(cluster.jobs()).isEmpty();
        TrainingJob running = jobs.submit("running");
        String name = runners.start(runner);
        worker(name).begin();
        cluster.podRuns(name);
        jobs.cancel(running.getName());
        runner.reconcileNow();
        assertThat(jobs.get(running.getName()).getState()).isEqualTo(TrainingJob.State.STATE_CANCELLING);
        assertThat(cluster.jobs()).hasSize(1);
    }

    @Test
    void tellsWhatKeepsWorkerFromItsStartAndGivesUpInTheEnd() throws IOException {
        KubernetesRunner runner = runner("explain-after", "PT0S");
        TrainingJob image = jobs.submit("image");
        String imageName = runners.start(runner);
        cluster.podWaits(imageName, "ImagePullBackOff", "Back-off pulling image");
        TrainingJob node = jobs.submit("node");
        cluster.pod(
                runners.start(runner),
                new PodStatusBuilder()
                        .withConditions(new PodConditionBuilder()
                                .withType("PodScheduled")
                                .withStatus("False")
                                .withReason("Unschedulable")
                                .withMessage("0/3 nodes are available")
                                .build())
                        .build());
        TrainingJob usual = jobs.submit("usual");
        cluster.podWaits(runners.start(runner), "ContainerCreating", "");
        runner.reconcileNow();
        assertState(
                image,
                TrainingJob.State.STATE_STARTING,
                "the worker is not started yet: ImagePullBackOff: Back-off pulling image");
        assertState(
                node,
                TrainingJob.State.STATE_STARTING,
                "the worker is not started yet: Unschedulable: 0/3 nodes are available");
        assertState(usual, TrainingJob.State.STATE_STARTING, "a worker is being started");
        age("image", Duration.ofMinutes(16));
        runner.reconcileNow();
        assertState(
                image,
                TrainingJob.State.STATE_RETRY_WAIT,
                "the worker did not start within PT15M: ImagePullBackOff: Back-off pulling image");
        runner.reconcileNow();
        assertThat(cluster.job(imageName)).isNull();
    }

    @Test
    void holdsAttemptsThatWaitAlsoWhileTheClusterCannotBeSeen() throws IOException {
        KubernetesRunner runner = runner();
        TrainingJob job = jobs.submit("train-1");
        runners.start(runner);
        leaseEndsNow();
        for (int i = 0; i < 4; i++) {
            cluster.refuse("GET", "/jobs", 500);
        }
        assertThatThrownBy(runner::reconcileNow).isInstanceOf(KubernetesClientException.class);
        assertThat(attempts.expired()).isEmpty();
        assertThat(jobs.get(job.getName()).getState()).isEqualTo(TrainingJob.State.STATE_STARTING);
        // One that has begun is held by its worker alone.
        jdbi.useHandle(handle -> handle.execute("UPDATE training_job SET state = 'RUNNING'"));
        leaseEndsNow();
        runner.reconcileNow();
        assertThat(attempts.expired()).hasSize(1);
    }

    @Test
    void keepsJobInTheClustersQueueAsLongAsItTakes() throws IOException {
        KubernetesRunner runner = runner("queue", "gpus", "explain-after", "PT0S");
        TrainingJob job = jobs.submit("train-1");
        String name = runners.start(runner);
        runner.reconcileNow();
        assertState(
                job, TrainingJob.State.STATE_STARTING, "the worker is not started yet: waits in the cluster's queue");
        age("train-1", Duration.ofHours(5));
        leaseEndsNow();
        runner.reconcileNow();
        assertThat(attempts.expired()).isEmpty();
        long tokens = puts();
        assertThat(tokens).isPositive();
        // The queue lets it begin, and then takes its place for another.
        runners.holdLong();
        worker(name).begin();
        runner.reconcileNow();
        assertState(job, TrainingJob.State.STATE_RETRY_WAIT, "the cluster's queue took the worker's place");
        runner.reconcileNow();
        assertThat(cluster.jobs()).isEmpty();
    }

    @Test
    void judgesNothingFromListThatFailed() throws IOException {
        KubernetesRunner runner = runner();
        TrainingJob job = jobs.submit("train-1");
        String name = runners.start(runner);
        runner.reconcileNow();
        for (int code : new int[] {410, 403, 404}) {
            cluster.refuse("GET", "/jobs", code);
            assertThatThrownBy(runner::reconcileNow).isInstanceOf(KubernetesClientException.class);
        }
        cluster.refuse("GET", "/jobs", 429, "Retry-After", "0");
        runner.reconcileNow();
        assertThat(jobs.get(job.getName()).getState()).isEqualTo(TrainingJob.State.STATE_STARTING);
        assertThat(cluster.job(name)).isNotNull();
        // And one deletion that fails does not keep the others.
        life.happen(name(job), 1, new Happening.PlatformFault("silent", false));
        cluster.refuse("DELETE", "/jobs", 409);
        runner.reconcileNow();
        runner.reconcileNow();
        assertThat(cluster.jobs()).isEmpty();
    }

    @Test
    void looksAtOnceWhenWatchesTellAndAgainAfterTheyWereDropped() throws IOException {
        KubernetesRunner runner = runner("poll-interval", "PT1H");
        TrainingJob job = jobs.submit("train-1");
        String name = runners.start(runner);
        cluster.dropWatch("/jobs");
        cluster.refuseWatch("/pods");
        Await.until("both watches were dropped and begun again", () -> {
            runner.reconcile();
            return cluster.faultsLeft() == 0 && runner.cluster().isWatching();
        });
        cluster.condition(name, "Failed", "BackoffLimitExceeded");
        Await.until("the end is seen without a poll", () -> {
            runner.reconcile();
            return jobs.get(job.getName()).getState() == TrainingJob.State.STATE_RETRY_WAIT;
        });
    }

    @Test
    void repairsOnceWithTwoReplicasAtOnce() throws Exception {
        KubernetesRunner first = runner();
        KubernetesRunner second = runner();
        List<TrainingJob> failed = new ArrayList<>();
        List<TrainingJob> orphans = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            failed.add(jobs.submit("failed-" + i));
            String name = runners.start(i % 2 == 0 ? first : second);
            cluster.podEnded(name, 1, "Error");
            cluster.condition(name, "Failed", "BackoffLimitExceeded");
            orphans.add(jobs.submit("orphan-" + i));
            runners.start(i % 2 == 0 ? second : first);
            life.happen(name(orphans.getLast()), 1, new Happening.PlatformFault("silent", false));
        }
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            List<Future<?>> passes = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                passes.add(threads.submit((i % 2 == 0 ? first : second)::reconcileNow));
            }
            for (Future<?> pass : passes) {
                pass.get();
            }
        }
        for (TrainingJob job : failed) {
            assertState(job, TrainingJob.State.STATE_RETRY_WAIT, "the worker ended with exit code 1");
            assertThat(failures(name(job).job())).isEqualTo(1);
        }
        assertThat(cluster.jobs())
                .hasSize(10)
                .allSatisfy(job -> assertThat(job.getMetadata().getLabels().get("modelmill.io/job"))
                        .startsWith("failed-"));
        for (TrainingJob job : orphans) {
            assertThat(failures(name(job).job())).isEqualTo(1);
        }
    }

    private KubernetesRunner runner(String... settings) {
        KubernetesRunner runner = runners.over(cluster, settings);
        opened.add(runner);
        return runner;
    }

    private WorkerOfSecret worker(String name) {
        return new WorkerOfSecret(callers, cluster.secret(name));
    }

    private void assertState(TrainingJob job, TrainingJob.State state, String reason) {
        TrainingJob now = jobs.get(job.getName());
        assertThat(now.getStateReason()).isEqualTo(reason);
        assertThat(now.getState()).isEqualTo(state);
    }

    private static JobName name(TrainingJob job) {
        return JobName.parse(job.getName(), "name");
    }

    private int failures(String job) {
        return jdbi.withHandle(handle -> handle.createQuery(
                        "SELECT failure_count FROM training_job WHERE tenant = 'acme' AND job_id = :job")
                .bind("job", job)
                .mapTo(Integer.class)
                .one());
    }

    private void age(String job, Duration age) {
        jdbi.useHandle(handle -> handle.createUpdate("UPDATE job_attempt a SET start_time = clock_timestamp()"
                        + " - :age * interval '1 millisecond' FROM training_job j"
                        + " WHERE j.job_key = a.job_key AND j.job_id = :job")
                .bind("age", age.toMillis())
                .bind("job", job)
                .execute());
    }

    private void leaseEndsNow() {
        jdbi.useHandle(handle -> handle.execute("UPDATE job_attempt SET lease_expire_time = clock_timestamp()"));
    }

    private long made() {
        return cluster.requests().stream()
                .filter(request -> request.startsWith("POST ") && request.endsWith("/jobs"))
                .count();
    }

    private long puts() {
        return cluster.requests().stream()
                .filter(request -> request.startsWith("PATCH ") && request.contains("/secrets/"))
                .count();
    }
}
