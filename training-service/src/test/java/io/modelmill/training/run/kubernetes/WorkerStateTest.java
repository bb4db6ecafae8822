package io.modelmill.training.run.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ContainerStateBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import io.modelmill.training.run.WorkerEnd;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class WorkerStateTest {
    @Test
    void waitsWhileThereIsNoPodOrItIsBeingMade() {
        assertThat(WorkerState.of(job(), List.of())).isEqualTo(new WorkerState.Waiting(Optional.empty()));
        assertThat(WorkerState.of(job(), List.of(pod("2026-01-01T00:00:00Z", null))))
                .isEqualTo(new WorkerState.Waiting(Optional.empty()));
        for (String usual : List.of("ContainerCreating", "PodInitializing")) {
            assertThat(WorkerState.of(job(), List.of(pod("2026-01-01T00:00:00Z", waiting(usual)))))
                    .isEqualTo(new WorkerState.Waiting(Optional.empty()));
        }
        assertThat(WorkerState.of(job(), List.of(pod("2026-01-01T00:00:00Z", waiting("ErrImagePull")))))
                .isEqualTo(new WorkerState.Waiting(Optional.of("ErrImagePull")));
    }

    @Test
    void judgesByTheNewestPod() {
        Pod old = pod("2026-01-01T00:00:00Z", waiting("ErrImagePull"));
        Pod young = pod(
                "2026-01-01T00:00:01Z",
                ClusterServer.status(
                        new ContainerStateBuilder().withNewRunning().endRunning()));
        assertThat(WorkerState.of(job(), List.of(young, old))).isEqualTo(new WorkerState.Running());
        assertThat(WorkerState.of(job(), List.of(old, young))).isEqualTo(new WorkerState.Running());
    }

    @Test
    void seesSuspensionDeletionAndEnds() {
        assertThat(WorkerState.of(
                        new JobBuilder(job())
                                .editSpec()
                                .withSuspend(true)
                                .endSpec()
                                .build(),
                        List.of()))
                .isEqualTo(new WorkerState.Suspended());
        assertThat(WorkerState.of(
                        new JobBuilder(job())
                                .editMetadata()
                                .withDeletionTimestamp("2026-01-01T00:00:00Z")
                                .endMetadata()
                                .build(),
                        List.of()))
                .isEqualTo(new WorkerState.Ended(WorkerEnd.lost("the worker's Job was deleted")));
        assertThat(WorkerState.of(ended("Complete", "True", null), List.of()))
                .isEqualTo(new WorkerState.Ended(WorkerEnd.exited(0)));
        assertThat(WorkerState.of(ended("Failed", "False", "BackoffLimitExceeded"), List.of()))
                .isEqualTo(new WorkerState.Waiting(Optional.empty()));
        // Its pod was deleted with all that it could have told.
        assertThat(WorkerState.of(ended("Failed", "True", "BackoffLimitExceeded"), List.of()))
                .isEqualTo(new WorkerState.Ended(WorkerEnd.lost("the worker's Job failed: BackoffLimitExceeded")));
        assertThat(WorkerState.of(ended("Failed", "True", null), List.of()))
                .isEqualTo(new WorkerState.Ended(WorkerEnd.lost("the worker's Job failed: unknown")));
    }

    private static Job job() {
        return new JobBuilder()
                .withNewMetadata()
                .withName("one")
                .endMetadata()
                .withNewSpec()
                .endSpec()
                .build();
    }

    private static Job ended(String type, String status, @Nullable String reason) {
        return new JobBuilder(job())
                .withNewStatus()
                .addNewCondition()
                .withType(type)
                .withStatus(status)
                .withReason(reason)
                .endCondition()
                .endStatus()
                .build();
    }

    private static PodStatus waiting(String reason) {
        return ClusterServer.status(
                new ContainerStateBuilder().withNewWaiting().withReason(reason).endWaiting());
    }

    private static Pod pod(String created, @Nullable PodStatus status) {
        return new PodBuilder()
                .withNewMetadata()
                .withName("pod-" + created)
                .withCreationTimestamp(created)
                .endMetadata()
                .withStatus(status)
                .build();
    }
}
