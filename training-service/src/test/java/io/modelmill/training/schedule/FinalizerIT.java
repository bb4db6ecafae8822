package io.modelmill.training.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelmill.proto.registry.v1.CreateModelVersionRequest;
import io.modelmill.proto.training.v1.TrainingJob;
import io.modelmill.proto.training.v1.TrainingSpec;
import io.modelmill.servicekit.fixture.TestCallers;
import io.modelmill.training.fixture.CleanSlate;
import io.modelmill.training.fixture.FakeRegistryServer;
import io.modelmill.training.fixture.Jobs;
import io.modelmill.training.fixture.Rooms;
import io.modelmill.training.fixture.TrainingServiceTest;
import io.modelmill.training.job.Happening;
import io.modelmill.training.job.JobLife;
import io.modelmill.training.job.JobName;
import io.modelmill.training.job.PostgresJobs;
import io.modelmill.training.job.TrainedModel;
import io.modelmill.training.registry.RegistryClient;
import io.modelmill.training.trace.JobTraces;
import jakarta.inject.Inject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@TrainingServiceTest
class FinalizerIT {
    @Inject
    CleanSlate slate;

    @Inject
    BackgroundWork background;

    @Inject
    JobLife life;

    @Inject
    PostgresJobs store;

    @Inject
    RegistryClient client;

    @Inject
    ScheduleConfig config;

    @Inject
    JobTraces traces;

    @Inject
    Jdbi jdbi;

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
    }

    @Test
    void waitsUntilTheVersionIsReady() {
        TrainingJob job = trained("train-1", "slow");
        background.start();
        TrainingJob done = jobs.await(job, TrainingJob.State.STATE_SUCCEEDED);
        assertThat(done.getModelVersion())
                .isEqualTo(registry.versionsOf(job.getName()).getFirst().getName());
        assertThat(registry.requestsOf(job.getName())).hasSize(1);
    }

    @Test
    void failsJobWhoseVersionIsRejected() {
        TrainingJob job = trained("train-1", "rejected");
        background.start();
        assertThat(jobs.await(job, TrainingJob.State.STATE_FAILED).getStateReason())
                .isEqualTo("validation rejected the version: the graph has no output");
    }

    @Test
    void failsJobWhoseRejectedVersionWasDeletedBeforeItLooked() {
        TrainingJob job = trained("train-1", "deleted-rejected");
        background.start();
        assertThat(jobs.await(job, TrainingJob.State.STATE_FAILED).getStateReason())
                .isEqualTo("validation rejected the version: the graph has no output");
    }

    @Test
    void failsJobWhoseVersionWasDeletedBeforeItsFilesCame() {
        TrainingJob job = trained("train-1", "deleted-unuploaded");
        background.start();
        assertThat(jobs.await(job, TrainingJob.State.STATE_FAILED).getStateReason())
                .isEqualTo("the version was deleted before its files were uploaded");
    }

    @Test
    void failsJobWhoseVersionIsRefused() {
        TrainingJob job = trained("train-1", "refused");
        background.start();
        assertThat(jobs.await(job, TrainingJob.State.STATE_FAILED).getStateReason())
                .isEqualTo("the registry refused the version: model_version.files: wrong");
    }

    @Test
    void failsJobWhoseFilesNeverCome() {
        TrainingJob job = trained("train-1", "unuploaded");
        background.start();
        assertThat(jobs.await(job, TrainingJob.State.STATE_FAILED).getStateReason())
                .startsWith("files that the worker reported are not uploaded: tenants/acme/models/unuploaded/");
    }

    @Test
    void failsJobWhoseVersionMustNotBeServedAndKeepsItsName() {
        TrainingSpec.Builder spec = jobs.spec("ready");
        spec.getDistillationBuilder().setTeacherVersion("tenants/acme/models/teacher/versions/1");
        TrainingJob job = trained("train-1", spec, "0.2 of accuracy lost (expected: at most 0.01)");
        background.start();
        TrainingJob failed = jobs.await(job, TrainingJob.State.STATE_FAILED);
        assertThat(failed.getStateReason()).isEqualTo("0.2 of accuracy lost (expected: at most 0.01)");
        assertThat(failed.getMetricsMap()).containsEntry("test_accuracy", 0.5);
        CreateModelVersionRequest request = registry.requestsOf(job.getName()).getFirst();
        assertThat(failed.getModelVersion())
                .isEqualTo(registry.versionsOf(job.getName()).getFirst().getName());
        assertThat(request.getRejection()).isEqualTo("0.2 of accuracy lost (expected: at most 0.01)");
        assertThat(request.getModelVersion().getLineage().getParentVersion())
                .isEqualTo("tenants/acme/models/teacher/versions/1");
    }

    @Test
    void outlastsRegistryThatIsAway() {
        TrainingJob job = trained("train-1", "ready");
        registry.stop();
        Finalizer finalizer = finalizer();
        finalizer.finalizeDue();
        assertThat(jobs.get(job.getName()).getState()).isEqualTo(TrainingJob.State.STATE_FINALIZING);
        registry.start();
        background.start();
        jobs.await(job, TrainingJob.State.STATE_SUCCEEDED);
        assertThat(registry.versionsOf(job.getName())).hasSize(1);
    }

    @Test
    void makesOneVersionThoughItsAnswerWasLost() {
        TrainingJob job = trained("train-1", "slow");
        finalizer().finalizeDue();
        assertThat(registry.versionsOf(job.getName())).hasSize(1);
        // As if the service had died between the call and its note of the answer.
        jdbi.useHandle(
                handle -> handle.execute("UPDATE training_job SET model_version = NULL, due_time = clock_timestamp()"));
        background.start();
        jobs.await(job, TrainingJob.State.STATE_SUCCEEDED);
        assertThat(registry.requestsOf(job.getName())).hasSize(2);
        assertThat(registry.versionsOf(job.getName())).hasSize(1);
    }

    @Test
    void makesOneVersionOfEachJobWithTwoFinalizers() throws Exception {
        List<TrainingJob> all = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            all.add(trained("train-" + i, "ready"));
        }
        try (ExecutorService replicas = Executors.newFixedThreadPool(2)) {
            List<Future<?>> running = List.of(
                    replicas.submit(() -> finalizer().finalizeDue()),
                    replicas.submit(() -> finalizer().finalizeDue()));
            for (Future<?> replica : running) {
                replica.get();
            }
        }
        for (TrainingJob job : all) {
            assertThat(jobs.get(job.getName()).getState()).isEqualTo(TrainingJob.State.STATE_SUCCEEDED);
            assertThat(registry.requestsOf(job.getName())).hasSize(1);
        }
    }

    private Finalizer finalizer() {
        return new Finalizer(life, store, client, config, traces);
    }

    /** A job whose worker has reported its model. */
    private TrainingJob trained(String id, String model) {
        return trained(id, jobs.spec(model), null);
    }

    private TrainingJob trained(String id, TrainingSpec.Builder spec, @Nullable String rejection) {
        TrainingJob job = jobs.submit(id, spec);
        JobName name = JobName.parse(job.getName(), "name");
        life.startNext("test", Rooms.PLENTY);
        life.happen(name, new Happening.AssignmentTaken());
        life.happen(
                name,
                1,
                new Happening.ModelTrained(new TrainedModel(
                        List.of(new TrainedModel.File("model.onnx", "FILE_KIND_ONNX_MODEL", "a".repeat(64), 1)),
                        List.of("a", "b", "c"),
                        Map.of("test_accuracy", 0.5),
                        rejection)));
        return job;
    }
}
