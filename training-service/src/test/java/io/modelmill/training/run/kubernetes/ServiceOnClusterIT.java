package io.modelmill.training.run.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Secret;
import io.modelmill.proto.training.v1.JobEvent;
import io.modelmill.proto.training.v1.TrainingJob;
import io.modelmill.servicekit.fixture.TestCallers;
import io.modelmill.training.fixture.Await;
import io.modelmill.training.fixture.FakeRegistryServer;
import io.modelmill.training.fixture.Jobs;
import io.modelmill.training.fixture.TrainingServiceTest;
import io.modelmill.training.run.Runner;
import io.quarkus.test.junit.TestProfile;
import jakarta.inject.Inject;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The whole service with the runner that its configuration names: nobody here tells it when to look. */
@TrainingServiceTest
@TestProfile(OnCluster.class)
class ServiceOnClusterIT {
    @Inject
    Runner runner;

    @SuppressWarnings("NullAway.Init") // By the resource of the profile.
    ClusterServer cluster;

    @Test
    void trainsOnClusterThatLosesTheFirstWorker() {
        assertThat(runner.id()).isEqualTo("kubernetes:fleet/modelmill");
        FakeRegistryServer registry = FakeRegistryServer.started();
        try (TestCallers callers = TestCallers.connect()) {
            Jobs jobs = new Jobs(callers.tenant("acme"), "acme");
            TrainingJob job = jobs.submit("on-cluster");
            Secret first = secret(job, 1);
            new WorkerOfSecret(callers, first).begin();
            cluster.podEnded(first.getMetadata().getName(), 137, "OOMKilled");
            cluster.condition(first.getMetadata().getName(), "Failed", "BackoffLimitExceeded");
            Secret second = secret(job, 2);
            WorkerOfSecret worker = new WorkerOfSecret(callers, second);
            worker.begin();
            worker.train();
            cluster.condition(second.getMetadata().getName(), "Complete", "CompletionsReached");
            jobs.await(job, TrainingJob.State.STATE_SUCCEEDED);
            List<JobEvent> events = jobs.watch(job.getName(), 0);
            assertThat(events)
                    .anySatisfy(event ->
                            assertThat(event.getTransition().getReason()).startsWith("out of memory in class small"));
            assertThat(registry.versionsOf(job.getName())).hasSize(1);
            assertThat(cluster.jobs())
                    .filteredOn(one ->
                            "on-cluster".equals(one.getMetadata().getLabels().get("modelmill.io/job")))
                    .hasSize(2);
            TrainingJob cancelled = jobs.submit("to-cancel");
            String name = secret(cancelled, 1).getMetadata().getName();
            jobs.cancel(cancelled.getName());
            jobs.await(cancelled, TrainingJob.State.STATE_CANCELLED);
            Await.until("its Job is deleted", () -> cluster.job(name) == null);
        }
    }

    private Secret secret(TrainingJob job, int attempt) {
        return Await.found(
                "the Secret of attempt " + attempt,
                () -> cluster.secrets().stream()
                        .filter(secret -> job.getName()
                                        .equals(secret.getMetadata()
                                                .getAnnotations()
                                                .get("modelmill.io/training-job"))
                                && Integer.toString(attempt)
                                        .equals(secret.getMetadata().getLabels().get("modelmill.io/attempt")))
                        .findFirst());
    }
}
