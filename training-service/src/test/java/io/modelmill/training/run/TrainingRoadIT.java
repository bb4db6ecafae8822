package io.modelmill.training.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelmill.proto.registry.v1.ModelVersion;
import io.modelmill.proto.training.v1.JobEvent;
import io.modelmill.proto.training.v1.TrainingJob;
import io.modelmill.servicekit.fixture.TestCallers;
import io.modelmill.training.fixture.CleanSlate;
import io.modelmill.training.fixture.FakeRegistryServer;
import io.modelmill.training.fixture.Jobs;
import io.modelmill.training.fixture.TrainingServiceTest;
import jakarta.inject.Inject;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** From the submission to the version, with a worker that is a process of its own. */
@TrainingServiceTest
class TrainingRoadIT {
    @Inject
    CleanSlate slate;

    private TestCallers callers;
    private Jobs jobs;
    private FakeRegistryServer registry;

    @BeforeEach
    void connect() {
        registry = slate.moving();
        callers = TestCallers.connect();
        jobs = new Jobs(callers.tenant("acme"), "acme");
    }

    @AfterEach
    void disconnect() {
        callers.close();
    }

    @Test
    void trainsAndMakesOneVersion() {
        TrainingJob submitted = jobs.submit("train-1", jobs.spec("slow").addAliases("canary"));
        assertThat(submitted.getState()).isEqualTo(TrainingJob.State.STATE_QUEUED);

        List<JobEvent> events = jobs.watch(submitted.getName(), 0);

        assertThat(Jobs.states(events))
                .containsExactly("QUEUED", "ADMITTED", "STARTING", "RUNNING", "FINALIZING", "SUCCEEDED");
        assertThat(events)
                .extracting(JobEvent::getSequence)
                .containsExactlyElementsOf(
                        LongStream.rangeClosed(1, events.size()).boxed().toList());
        assertThat(events.stream().filter(JobEvent::hasProgress))
                .extracting(event -> event.getProgress().getEpoch())
                .containsExactly(1, 2);
        TrainingJob done = jobs.get(submitted.getName());
        ModelVersion version = registry.versionsOf(done.getName()).getFirst();
        assertThat(registry.versionsOf(done.getName())).hasSize(1);
        assertThat(version.getClassLabelsList()).containsExactly("0", "1", "2");
        assertThat(version.getLineage().getDatasetVersion())
                .isEqualTo(done.getSpec().getDatasetVersion());
        assertThat(registry.requestsOf(done.getName()).getFirst().getAliasesList())
                .containsExactly("canary");
        assertThat(done.getState()).isEqualTo(TrainingJob.State.STATE_SUCCEEDED);
        assertThat(done.getModelVersion()).isEqualTo(version.getName());
        assertThat(done.getMetricsMap()).containsEntry("test_accuracy", 0.97);
        assertThat(done.getAttemptCount()).isEqualTo(1);
        assertThat(done.getProgress().getEpoch()).isEqualTo(2);
        assertThat(done.hasStartTime()).isTrue();
        assertThat(done.hasEndTime()).isTrue();
        JobEvent last = events.getLast();
        assertThat(last.getTransition().getModelVersion()).isEqualTo(version.getName());
        assertThat(last.getTransition().getMetricsMap()).containsEntry("test_accuracy", 0.97);
    }
}
