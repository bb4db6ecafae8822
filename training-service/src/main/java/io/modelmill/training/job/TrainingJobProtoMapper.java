package io.modelmill.training.job;

import com.google.protobuf.Timestamp;
import com.google.protobuf.util.Durations;
import com.google.protobuf.util.Timestamps;
import io.modelmill.proto.training.v1.Checkpoint;
import io.modelmill.proto.training.v1.JobEvent;
import io.modelmill.proto.training.v1.Progress;
import io.modelmill.proto.training.v1.ResourceEstimate;
import io.modelmill.proto.training.v1.TrainingJob;
import io.modelmill.proto.training.v1.Transition;
import io.modelmill.servicekit.error.Violations;
import io.modelmill.training.resource.ResourceClass;
import io.modelmill.trainingspec.job.Estimate;
import io.modelmill.trainingspec.job.TrainingSpecProtoMapper;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** Between jobs and what callers send and get. */
public final class TrainingJobProtoMapper {
    private TrainingJobProtoMapper() {}

    static TrainingJob job(Job job, Optional<QueueStanding> standing) {
        TrainingJob.Builder message = TrainingJob.newBuilder()
                .setName(job.name().toString())
                .setSpec(TrainingSpecProtoMapper.message(job.spec()))
                .setState(state(job.state()))
                .setStateReason(job.reason())
                .setAttemptCount(job.attempt())
                .putAllMetrics(job.metrics())
                .setCreateTime(timestamp(job.createTime()));
        scheduling(job.resourceClass(), job.scheduling(), message);
        job.estimate().ifPresent(estimate -> message.setEstimate(estimate(estimate)));
        job.progress().ifPresent(progress -> message.setProgress(progress(progress)));
        job.checkpoint().ifPresent(checkpoint -> message.setCheckpoint(checkpoint(checkpoint)));
        job.modelVersion().ifPresent(message::setModelVersion);
        standing.ifPresent(place -> queue(place, message));
        job.startTime().ifPresent(time -> message.setStartTime(timestamp(time)));
        job.endTime().ifPresent(time -> message.setEndTime(timestamp(time)));
        return message.build();
    }

    private static void queue(QueueStanding standing, TrainingJob.Builder message) {
        var queue = message.getQueueBuilder().setWaitsFor(standing.waitsFor());
        standing.position().ifPresent(queue::setPosition);
        standing.estimatedStartTime().ifPresent(time -> queue.setEstimatedStartTime(timestamp(time)));
    }

    /** A job that was checked and not made. */
    static TrainingJob checked(TrainingJobs.Checked checked, TrainingJobs.Submission submission) {
        TrainingJob.Builder message = TrainingJob.newBuilder()
                .setName(checked.name().toString())
                .setSpec(TrainingSpecProtoMapper.message(submission.spec()));
        scheduling(checked.resourceClass(), submission.scheduling(), message);
        checked.estimate().ifPresent(estimate -> message.setEstimate(estimate(estimate)));
        return message.build();
    }

    /** What a caller wishes, without the class of workers itself. */
    public static Scheduling scheduling(io.modelmill.proto.training.v1.Scheduling message) {
        return new Scheduling(
                message.getPriority(),
                !message.getResourceClass().isEmpty(),
                message.getAfterList(),
                message.hasMaxQueueDuration()
                        ? Optional.of(duration(message.getMaxQueueDuration()))
                        : Optional.empty());
    }

    /** Refuses what is no duration at all; whether it is of use is told with the other faults. */
    private static Duration duration(com.google.protobuf.Duration duration) {
        if (!Durations.isValid(duration)) {
            throw Violations.of(
                    "training_job.scheduling.max_queue_duration", duration.getSeconds() + " s", "a valid duration");
        }
        return Duration.ofSeconds(duration.getSeconds(), duration.getNanos());
    }

    /** A wish as callers write it. */
    public static io.modelmill.proto.training.v1.Scheduling scheduling(String resourceClass, Scheduling scheduling) {
        var message = io.modelmill.proto.training.v1.Scheduling.newBuilder()
                .setResourceClass(resourceClass)
                .setPriority(scheduling.priority())
                .addAllAfter(scheduling.after());
        scheduling
                .maxQueueDuration()
                .ifPresent(wait -> message.setMaxQueueDuration(Durations.fromMillis(wait.toMillis())));
        return message.build();
    }

    private static void scheduling(ResourceClass chosen, Scheduling scheduling, TrainingJob.Builder message) {
        message.setScheduling(scheduling(chosen.name(), scheduling));
        message.getResourcesBuilder()
                .setCores(chosen.resources().cores())
                .setMemoryBytes(chosen.resources().memoryBytes())
                .setGpus(chosen.resources().gpus());
    }

    private static ResourceEstimate estimate(Estimate estimate) {
        return ResourceEstimate.newBuilder()
                .setParameters(estimate.parameters())
                .setMemoryBytes(estimate.memoryBytes())
                .setDiskBytes(estimate.diskBytes())
                .build();
    }

    static JobEvent event(io.modelmill.training.job.JobEvent event) {
        JobEvent.Builder message = JobEvent.newBuilder()
                .setSequence(event.sequence())
                .setTime(timestamp(event.time()))
                .setAttempt(event.attempt());
        switch (event) {
            case io.modelmill.training.job.JobEvent.Transition transition -> {
                Transition.Builder changed = message.getTransitionBuilder()
                        .setTo(state(transition.to()))
                        .setReason(transition.reason())
                        .putAllMetrics(transition.metrics());
                transition.from().ifPresent(from -> changed.setFrom(state(from)));
                transition.modelVersion().ifPresent(changed::setModelVersion);
                transition
                        .attemptTrainingTime()
                        .ifPresent(time -> changed.setAttemptTrainingTime(Durations.fromMillis(time.toMillis())));
            }
            case io.modelmill.training.job.JobEvent.Progressed done -> message.setProgress(progress(done.progress()));
        }
        return message.build();
    }

    private static Progress progress(JobProgress progress) {
        Progress.Builder message = Progress.newBuilder()
                .setEpoch(progress.epoch())
                .setEpochs(progress.epochs())
                .setStep(progress.step())
                .setSteps(progress.steps())
                .putAllMetrics(progress.metrics());
        if (progress.remaining() != null) {
            message.setRemaining(Durations.fromMillis(progress.remaining().toMillis()));
        }
        return message.build();
    }

    static io.modelmill.proto.training.v1.MetricPoint metricPoint(MetricPoint point) {
        return io.modelmill.proto.training.v1.MetricPoint.newBuilder()
                .setStep(point.step())
                .setEpoch(point.epoch())
                .setAttempt(point.attempt())
                .setTime(timestamp(point.time()))
                .putAllMetrics(point.metrics())
                .build();
    }

    /** A checkpoint as a worker or an owner reads it. */
    public static Checkpoint checkpoint(JobCheckpoint checkpoint) {
        return Checkpoint.newBuilder()
                .setSha256(checkpoint.sha256())
                .setSizeBytes(checkpoint.sizeBytes())
                .setEpoch(checkpoint.epoch())
                .setStep(checkpoint.step())
                .setTime(timestamp(checkpoint.time()))
                .build();
    }

    private static TrainingJob.State state(JobState state) {
        return TrainingJob.State.valueOf("STATE_" + state.name());
    }

    private static Timestamp timestamp(Instant time) {
        return Timestamps.fromNanos(
                Math.addExact(Math.multiplyExact(time.getEpochSecond(), 1_000_000_000L), time.getNano()));
    }
}
