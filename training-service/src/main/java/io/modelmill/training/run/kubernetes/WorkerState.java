package io.modelmill.training.run.kubernetes;

import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStateWaiting;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobCondition;
import io.modelmill.training.job.Happening;
import io.modelmill.training.run.WorkerEnd;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What the cluster says about a worker. */
sealed interface WorkerState {
    /** The Job waits until the cluster's queue lets it begin. */
    record Suspended() implements WorkerState {}

    /**
     * The worker is still to begin.
     *
     * @param reason what keeps it, if it is more than the usual
     */
    record Waiting(Optional<String> reason) implements WorkerState {}

    /** The worker's process runs. */
    record Running() implements WorkerState {}

    /** The worker will never run again. */
    record Ended(Happening happening) implements WorkerState {}

    /** Words of a waiting container that only say that all goes well. */
    Set<String> USUAL = Set.of("ContainerCreating", "PodInitializing");

    /** Reads the status of a Job and of its pods. */
    static WorkerState of(Job job, List<Pod> pods) {
        Optional<Pod> pod = pods.stream()
                .max(Comparator.comparing(
                        one -> Objects.requireNonNullElse(one.getMetadata().getCreationTimestamp(), "")));
        if (isTrue(job, "Complete").isPresent()) {
            return new Ended(WorkerEnd.exited(0));
        }
        Optional<JobCondition> failed = isTrue(job, "Failed");
        if (failed.isPresent()) {
            return new Ended(failure(failed.get(), pod));
        }
        if (job.getMetadata().getDeletionTimestamp() != null) {
            return new Ended(WorkerEnd.lost("the worker's Job was deleted"));
        }
        if (Boolean.TRUE.equals(job.getSpec().getSuspend())) {
            return new Suspended();
        }
        if (pod.isEmpty()) {
            return new Waiting(Optional.empty());
        }
        Optional<ContainerState> container = container(pod.get()).map(ContainerStatus::getState);
        if (container.map(ContainerState::getRunning).isPresent()
                || container.map(ContainerState::getTerminated).isPresent()) {
            // A container that has ended is judged once its Job has, which no pod follows then.
            return new Running();
        }
        return new Waiting(waitsFor(pod.get(), container));
    }

    private static Happening failure(JobCondition failed, Optional<Pod> pod) {
        if ("DeadlineExceeded".equals(failed.getReason())) {
            return new Happening.DeadlinePassed("ran longer than max_duration; ended by the cluster");
        }
        Optional<ContainerStateTerminated> end = pod.flatMap(WorkerState::container)
                .map(ContainerStatus::getState)
                .map(ContainerState::getTerminated);
        if (end.map(ContainerStateTerminated::getReason)
                .filter("OOMKilled"::equals)
                .isPresent()) {
            return WorkerEnd.outOfMemory();
        }
        Optional<PodCondition> disruption = pod.flatMap(one -> conditions(one)
                .filter(condition -> condition.getType().equals("DisruptionTarget")
                        && condition.getStatus().equals("True"))
                .findFirst());
        if (disruption.isPresent()) {
            return WorkerEnd.displaced("the cluster took the worker's place: "
                    + text(disruption.get().getReason(), disruption.get().getMessage()));
        }
        // An eviction that is no disruption is for what the pod itself did: wrote more than it may.
        Optional<String> evicted = pod.filter(
                        one -> one.getStatus() != null && one.getStatus().getReason() != null)
                .map(one -> text(one.getStatus().getReason(), one.getStatus().getMessage()));
        if (evicted.isPresent()) {
            return WorkerEnd.lost("the worker was ended by the cluster: " + evicted.get());
        }
        return end.map(ContainerStateTerminated::getExitCode)
                .map(WorkerEnd::exited)
                .orElseGet(() ->
                        WorkerEnd.lost("the worker's Job failed: " + text(failed.getReason(), failed.getMessage())));
    }

    private static Optional<String> waitsFor(Pod pod, Optional<ContainerState> container) {
        Optional<ContainerStateWaiting> waiting = container.map(ContainerState::getWaiting);
        if (waiting.isPresent()) {
            return waiting.filter(state -> state.getReason() != null && !USUAL.contains(state.getReason()))
                    .map(state -> text(state.getReason(), state.getMessage()));
        }
        return conditions(pod)
                .filter(condition -> condition.getType().equals("PodScheduled")
                        && condition.getStatus().equals("False"))
                .findFirst()
                .map(condition -> text(condition.getReason(), condition.getMessage()));
    }

    private static Optional<JobCondition> isTrue(Job job, String type) {
        return Optional.ofNullable(job.getStatus()).stream()
                .flatMap(status -> status.getConditions().stream())
                .filter(condition -> condition.getType().equals(type)
                        && condition.getStatus().equals("True"))
                .findFirst();
    }

    private static Stream<PodCondition> conditions(Pod pod) {
        return Optional.ofNullable(pod.getStatus()).stream().flatMap(status -> status.getConditions().stream());
    }

    private static Optional<ContainerStatus> container(Pod pod) {
        return Optional.ofNullable(pod.getStatus()).stream()
                .flatMap(status -> status.getContainerStatuses().stream())
                .filter(status -> status.getName().equals(WorkerManifests.CONTAINER))
                .findFirst();
    }

    private static String text(@Nullable String reason, @Nullable String message) {
        String told = message == null || message.isBlank() ? "" : ": " + message.strip();
        return (reason == null ? "unknown" : reason) + told;
    }
}
