package io.modelmill.training.run.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.tuple;

import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import io.modelmill.proto.training.v1.TrainingJob;
import io.modelmill.servicekit.fixture.TestCallers;
import io.modelmill.training.fixture.Await;
import io.modelmill.training.fixture.CleanSlate;
import io.modelmill.training.fixture.FakeRegistryServer;
import io.modelmill.training.fixture.Jobs;
import io.modelmill.training.fixture.TrainingServiceTest;
import io.modelmill.training.job.Job;
import io.modelmill.training.job.JobLife;
import io.modelmill.training.resource.Resources;
import io.modelmill.training.schedule.BackgroundWork;
import jakarta.inject.Inject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Attempts as Jobs of a cluster whose API server fails in all the usual ways. */
@TrainingServiceTest
class KubernetesRunnerIT {
    @Inject
    CleanSlate slate;

    @Inject
    KubernetesRunners runners;

    @Inject
    JobLife life;

    @Inject
    BackgroundWork background;

    @Inject
    Jdbi jdbi;

    private final ClusterServer cluster = new ClusterServer();
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
        cluster.close();
        assertThat(cluster.made())
                .allSatisfy(object ->
                        assertThat(PublishedSchemas.faults(object)).as(object).isEmpty());
        assertThat(cluster.faultsLeft()).isZero();
        assertThat(cluster.beyondRole()).isEmpty();
    }

    @Test
    void runsAttemptFromSubmissionToVersion() throws IOException {
        KubernetesRunner runner = runners.over(cluster);
        TrainingJob submitted = jobs.submit("train-1");
        String name = runners.start(runner);
        WorkerOfSecret worker = worker(name);
        worker.begin();
        cluster.podRuns(name);
        runner.reconcileNow();
        assertThat(jobs.get(submitted.getName()).getState()).isEqualTo(TrainingJob.State.STATE_RUNNING);
        worker.train();
        cluster.condition(name, "Complete", "CompletionsReached");
        runner.reconcileNow();
        assertThat(cluster.jobs()).hasSize(1);
        background.start();
        jobs.await(submitted, TrainingJob.State.STATE_SUCCEEDED);
        assertThat(registry.versionsOf(submitted.getName())).hasSize(1);
        cluster.vanish(name);
        runner.reconcileNow();
        assertThat(cluster.jobs()).isEmpty();
        assertThat(jobs.get(submitted.getName()).getAttemptCount()).isEqualTo(1);
        assertThat(cluster.ofRunners())
                .filteredOn(asked -> asked.startsWith("POST "))
                .hasSize(2);
        runner.stop();
    }

    @Test
    void makesJobsThatRunOnceAndMayNothing() throws IOException {
        KubernetesRunner runner = runners.over(
                cluster,
                "run-as-user",
                "10001",
                "work-size",
                "20G",
                "service-account",
                "workers",
                "priority-class",
                "training",
                "image-pull-secrets",
                "pull",
                "secrets",
                "store",
                "node-selector",
                "pool=training",
                "tolerations",
                "spot:NoSchedule",
                "class.small.node-selector",
                "zone=a",
                "class.small.tolerations",
                "team=ml:NoExecute");
        jobs.submit("train-1");
        Job job = life.startNext(runner.id(), runner.room()).orElseThrow();
        String trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        runner.start(job, Optional.of(trace));
        var made = cluster.jobs().getFirst();
        assertThat(made.getMetadata().getName()).isEqualTo("modelmill-" + job.key() + "-1");
        assertThat(made.getMetadata().getLabels())
                .containsEntry("app.kubernetes.io/managed-by", "modelmill-training-service")
                .containsEntry("app.kubernetes.io/instance", "modelmill")
                .containsEntry("modelmill.io/tenant", "acme")
                .containsEntry("modelmill.io/job", "train-1")
                .containsEntry("modelmill.io/attempt", "1")
                .doesNotContainKey("kueue.x-k8s.io/queue-name");
        assertThat(made.getMetadata().getOwnerReferences()).isEmpty();
        assertThat(made.getSpec().getBackoffLimit()).isZero();
        assertThat(made.getSpec().getPodReplacementPolicy()).isEqualTo("Failed");
        assertThat(made.getSpec().getTtlSecondsAfterFinished()).isEqualTo(3600);
        assertThat(made.getSpec().getSuspend()).isNull();
        assertThat(made.getSpec().getActiveDeadlineSeconds())
                .as("max_duration behind the 15 minutes of start-timeout")
                .isBetween(
                        job.spec().maxDuration().toSeconds() + 840,
                        job.spec().maxDuration().toSeconds() + 960);
        PodSpec pod = made.getSpec().getTemplate().getSpec();
        assertThat(pod.getRestartPolicy()).isEqualTo("Never");
        assertThat(pod.getAutomountServiceAccountToken()).isFalse();
        assertThat(pod.getServiceAccountName()).isEqualTo("workers");
        assertThat(pod.getPriorityClassName()).isEqualTo("training");
        assertThat(pod.getImagePullSecrets())
                .singleElement()
                .satisfies(secret -> assertThat(secret.getName()).isEqualTo("pull"));
        assertThat(pod.getNodeSelector()).containsEntry("pool", "training").containsEntry("zone", "a");
        assertThat(pod.getTolerations())
                .extracting(
                        one -> one.getKey() + " " + one.getOperator() + " " + one.getValue() + " " + one.getEffect())
                .containsExactly("spot Exists null NoSchedule", "team Equal ml NoExecute");
        assertThat(pod.getSecurityContext().getRunAsNonRoot()).isTrue();
        assertThat(pod.getSecurityContext().getRunAsUser()).isEqualTo(10001);
        assertThat(pod.getSecurityContext().getSeccompProfile().getType()).isEqualTo("RuntimeDefault");
        assertThat(pod.getVolumes().getFirst().getEmptyDir().getSizeLimit()).isEqualTo(new Quantity("21474836480"));
        var container = pod.getContainers().getFirst();
        assertThat(container.getSecurityContext().getAllowPrivilegeEscalation()).isFalse();
        assertThat(container.getSecurityContext().getReadOnlyRootFilesystem()).isTrue();
        assertThat(container.getSecurityContext().getCapabilities().getDrop()).containsExactly("ALL");
        assertThat(container.getTerminationMessagePolicy()).isEqualTo("FallbackToLogsOnError");
        assertThat(container.getResources().getLimits())
                .isEqualTo(container.getResources().getRequests())
                .containsOnlyKeys("cpu", "memory")
                .containsEntry("cpu", new Quantity("2"))
                .containsEntry("memory", new Quantity("4294967296"));
        assertThat(container.getEnvFrom().getFirst().getSecretRef().getName()).isEqualTo("store");
        assertThat(container.getEnv())
                .extracting(EnvVar::getName, EnvVar::getValue)
                .contains(
                        tuple("MODELMILL_FENCING_TOKEN", "1"),
                        tuple("MODELMILL_JOB", "tenants/acme/trainingJobs/train-1"),
                        tuple("MODELMILL_TRAINING_ADDRESS", "dns:///training:7421"),
                        tuple("TRACEPARENT", trace));
        runner.stop();
    }

    @Test
    void givesTokenByReferenceToSecretThatGoesWithTheJob() throws IOException {
        KubernetesRunner runner = runners.over(cluster);
        jobs.submit("train-1");
        String name = runners.start(runner);
        var job = cluster.job(name);
        Secret secret = cluster.secrets().getFirst();
        assertThat(secret.getMetadata().getOwnerReferences())
                .singleElement()
                .satisfies(owner -> assertThat(List.of(owner.getKind(), owner.getName(), owner.getUid()))
                        .containsExactly("Job", name, job.getMetadata().getUid()));
        EnvVar token = job.getSpec().getTemplate().getSpec().getContainers().getFirst().getEnv().stream()
                .filter(variable -> variable.getName().equals("MODELMILL_ACCESS_TOKEN"))
                .findFirst()
                .orElseThrow();
        assertThat(token.getValue()).isNull();
        assertThat(token.getValueFrom().getSecretKeyRef().getName())
                .isEqualTo(secret.getMetadata().getName());
        assertThat(cluster.made().getFirst())
                .contains("\"kind\":\"Job\"")
                .doesNotContain(secret.getData().get("access-token"));
        worker(name).begin();
        runner.stop();
    }

    @Test
    void handsJobsToTheClustersQueueWithGpusAndOwner() throws IOException {
        cluster.control
                .apps()
                .deployments()
                .inNamespace(ClusterServer.NAMESPACE)
                .resource(new DeploymentBuilder()
                        .withNewMetadata()
                        .withName("training-service")
                        .endMetadata()
                        .build())
                .create();
        KubernetesRunner runner = runners.over(cluster, "queue", "gpus", "owner", "training-service");
        assertThat(runner.room().workers()).isEqualTo(Integer.MAX_VALUE);
        jobs.submit("train-1");
        jdbi.useHandle(handle -> handle.execute("UPDATE training_job SET gpus = 2"));
        var made = cluster.job(runners.start(runner));
        var resources = made.getSpec()
                .getTemplate()
                .getSpec()
                .getContainers()
                .getFirst()
                .getResources();
        assertThat(resources.getLimits()).containsEntry("nvidia.com/gpu", new Quantity("2"));
        assertThat(resources.getRequests()).containsEntry("nvidia.com/gpu", new Quantity("2"));
        assertThat(made.getSpec().getSuspend()).isTrue();
        assertThat(made.getMetadata().getLabels()).containsEntry("kueue.x-k8s.io/queue-name", "gpus");
        assertThat(made.getMetadata().getOwnerReferences())
                .singleElement()
                .satisfies(owner ->
                        assertThat(owner.getKind() + " " + owner.getName()).isEqualTo("Deployment training-service"));
        runner.stop();
    }

    @Test
    void refusesOwnerThatIsNotThere() {
        KubernetesRunner runner = runners.over(cluster, "owner", "nobody");
        jobs.submit("train-1");
        assertThatIOException()
                .isThrownBy(() -> runners.start(runner))
                .withMessageContaining("modelmill.runner.kubernetes.owner: \"nobody\" (expected: a Deployment in"
                        + " namespace \"fleet\")");
        runner.stop();
    }

    @Test
    void makesOneJobWhoseAnswerIsLost() throws IOException {
        KubernetesRunner runner = runners.over(cluster);
        jobs.submit("train-1");
        cluster.loseAnswer("POST", "/jobs");
        cluster.loseAnswer("POST", "/secrets");
        String name = runners.start(runner);
        assertThat(cluster.jobs())
                .singleElement()
                .satisfies(job -> assertThat(job.getMetadata().getName()).isEqualTo(name));
        worker(name).begin();
        runner.stop();
    }

    @Test
    void waitsAsTheServerSaysWhenItIsThrottled() throws IOException {
        KubernetesRunner runner = runners.over(cluster);
        jobs.submit("train-1");
        cluster.refuse("POST", "/jobs", 429, "Retry-After", "1");
        cluster.refuse("POST", "/jobs", 503, "Retry-After", "0");
        cluster.refuse("POST", "/secrets", 429);
        worker(runners.start(runner)).begin();
        runner.stop();
    }

    @Test
    void leavesOpenWhetherThereIsJobWhenTheServerFails() throws IOException {
        KubernetesRunner patient = runners.over(cluster);
        KubernetesRunner hurried = runners.over(cluster, "creation-grace", "PT0.001S");
        TrainingJob job = jobs.submit("train-1");
        for (int i = 0; i < 4; i++) {
            cluster.refuse("POST", "/jobs", 500);
        }
        runners.start(patient);
        assertThat(cluster.jobs()).isEmpty();
        patient.reconcileNow();
        assertThat(jobs.get(job.getName()).getState()).isEqualTo(TrainingJob.State.STATE_STARTING);
        Await.until("the grace is over", () -> {
            hurried.reconcileNow();
            return jobs.get(job.getName()).getState() == TrainingJob.State.STATE_RETRY_WAIT;
        });
        assertThat(jobs.get(job.getName()).getStateReason()).isEqualTo("the worker's Job was never made");
        patient.stop();
        hurried.stop();
    }

    @Test
    void tellsAtOnceWhenTheClusterRefuses() {
        KubernetesRunner runner = runners.over(cluster);
        for (int code : new int[] {403, 422}) {
            jobs.submit("train-" + code);
            cluster.refuse("POST", "/jobs", code);
            assertThatIOException()
                    .isThrownBy(() -> runners.start(runner))
                    .withMessageStartingWith("the cluster refused the worker's Job: ");
        }
        runner.stop();
    }

    @Test
    void startsAttemptOnceHoweverOftenItIsAsked() throws IOException {
        KubernetesRunner first = runners.over(cluster);
        KubernetesRunner second = runners.over(cluster);
        jobs.submit("train-1");
        Job job = life.startNext(first.id(), first.room()).orElseThrow();
        first.start(job, Optional.empty());
        second.start(job, Optional.empty());
        assertThat(cluster.jobs()).hasSize(1);
        assertThat(cluster.secrets()).hasSize(1);
        first.stop();
        second.stop();
    }

    @Test
    void refusesToTakeAnothersJobForItsOwn() {
        KubernetesRunner runner = runners.over(cluster);
        jobs.submit("train-1");
        Job job = life.startNext(runner.id(), runner.room()).orElseThrow();
        String name = "modelmill-" + job.key() + "-1";
        cluster.control
                .batch()
                .v1()
                .jobs()
                .inNamespace(ClusterServer.NAMESPACE)
                .resource(new JobBuilder()
                        .withNewMetadata()
                        .withName(name)
                        .endMetadata()
                        .withNewSpec()
                        .withNewTemplate()
                        .endTemplate()
                        .endSpec()
                        .build())
                .create();
        assertThatIOException()
                .isThrownBy(() -> runner.start(job, Optional.empty()))
                .withMessage("the cluster has another Job \"" + name + "\" (expected: none of that name)");
        runner.stop();
    }

    @Test
    void hasRoomForWhatIsConfiguredOverAllReplicas() throws IOException {
        String[] bounds = {"max-workers", "2", "cores", "3", "memory", "100G", "gpus", "1"};
        KubernetesRunner first = runners.over(cluster, bounds);
        KubernetesRunner second = runners.over(cluster, bounds);
        jobs.submit("train-1");
        jobs.submit("train-2");
        assertThat(first.room().workers()).isEqualTo(2);
        runners.start(first);
        assertThat(second.room().workers()).isEqualTo(1);
        assertThat(second.room().free()).isEqualTo(new Resources(1, 96L << 30, 1));
        // Of two cores each, the second has to wait.
        assertThat(life.startNext(second.id(), second.room())).isEmpty();
        first.stop();
        second.stop();
    }

    /** Without turns at the room, most of these would start more than there is room for. */
    @Test
    void keepsBoundsWhenReplicasTakeRoomAtOnce() throws Exception {
        List<KubernetesRunner> replicas = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            replicas.add(runners.over(cluster, "max-workers", "3"));
        }
        for (int i = 0; i < 12; i++) {
            jobs.submit("train-" + i);
        }
        try (ExecutorService threads = Executors.newFixedThreadPool(replicas.size())) {
            List<Future<Integer>> started = new ArrayList<>();
            for (KubernetesRunner replica : replicas) {
                started.add(threads.submit(() -> {
                    int taken = 0;
                    while (replica.inRoom(room ->
                                    room.workers() > 0 ? life.startNext(replica.id(), room) : Optional.<Job>empty())
                            .isPresent()) {
                        taken++;
                    }
                    return taken;
                }));
            }
            int all = 0;
            for (Future<Integer> one : started) {
                all += one.get();
            }
            assertThat(all).isEqualTo(3);
        }
        assertThat(replicas.getFirst().room().workers()).isZero();
        replicas.forEach(KubernetesRunner::stop);
    }

    private WorkerOfSecret worker(String name) {
        return new WorkerOfSecret(callers, cluster.secret(name));
    }
}
