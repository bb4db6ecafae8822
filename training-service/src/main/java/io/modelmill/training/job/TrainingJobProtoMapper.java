package io.modelmill.training.job;

import com.google.protobuf.Timestamp;
import com.google.protobuf.util.Durations;
import com.google.protobuf.util.Timestamps;
import io.modelmill.proto.training.v1.DataSpec;
import io.modelmill.proto.training.v1.JobEvent;
import io.modelmill.proto.training.v1.Progress;
import io.modelmill.proto.training.v1.TrainingJob;
import io.modelmill.proto.training.v1.TrainingSpec;
import io.modelmill.proto.training.v1.Transition;
import io.modelmill.trainingspec.network.LayerProtoMapper;
import java.time.Duration;
import java.time.Instant;

/** Between jobs and what callers send and get. */
public final class TrainingJobProtoMapper {
    private TrainingJobProtoMapper() {}

    /** What a caller wants trained, with defaults filled in; nothing is checked. */
    static io.modelmill.training.spec.TrainingSpec spec(TrainingSpec spec) {
        DataSpec data = spec.getData();
        return new io.modelmill.training.spec.TrainingSpec(
                spec.getModel(),
                spec.getDatasetVersion(),
                new io.modelmill.training.spec.TrainingSpec.DataSpec(
                        data.getLabelColumn(),
                        data.getFeatureColumnsList(),
                        data.getTestFraction() == 0
                                ? io.modelmill.training.spec.TrainingSpec.DataSpec.DEFAULT_TEST_FRACTION
                                : data.getTestFraction(),
                        data.getNormalization().isEmpty() ? "none" : data.getNormalization()),
                LayerProtoMapper.layers(spec.getNetwork().getLayersList()),
                spec.getLoss().getType(),
                new io.modelmill.training.spec.TrainingSpec.Optimizer(
                        spec.getOptimizer().getType(),
                        spec.getOptimizer().getLearningRate(),
                        spec.getOptimizer().getMomentum(),
                        spec.getOptimizer().getWeightDecay()),
                spec.getEpochs(),
                spec.getBatchSize(),
                spec.getSeed(),
                spec.hasMaxDuration()
                        ? Duration.ofSeconds(
                                spec.getMaxDuration().getSeconds(),
                                spec.getMaxDuration().getNanos())
                        : io.modelmill.training.spec.TrainingSpec.DEFAULT_MAX_DURATION,
                spec.getAliasesList());
    }

    /** The spec as a worker or an owner reads it. */
    public static TrainingSpec spec(io.modelmill.training.spec.TrainingSpec spec) {
        TrainingSpec.Builder message = TrainingSpec.newBuilder()
                .setModel(spec.model())
                .setDatasetVersion(spec.datasetVersion())
                .setData(DataSpec.newBuilder()
                        .setLabelColumn(spec.data().labelColumn())
                        .addAllFeatureColumns(spec.data().featureColumns())
                        .setTestFraction(spec.data().testFraction())
                        .setNormalization(spec.data().normalization()))
                .setEpochs(spec.epochs())
                .setBatchSize(spec.batchSize())
                .setSeed(spec.seed())
                .setMaxDuration(Durations.fromNanos(spec.maxDuration().toNanos()))
                .addAllAliases(spec.aliases());
        message.getNetworkBuilder().addAllLayers(LayerProtoMapper.messages(spec.layers()));
        message.getLossBuilder().setType(spec.loss());
        message.getOptimizerBuilder()
                .setType(spec.optimizer().type())
                .setLearningRate(spec.optimizer().learningRate())
                .setMomentum(spec.optimizer().momentum())
                .setWeightDecay(spec.optimizer().weightDecay());
        return message.build();
    }

    static TrainingJob job(Job job) {
        TrainingJob.Builder message = TrainingJob.newBuilder()
                .setName(job.name().toString())
                .setSpec(spec(job.spec()))
                .setState(state(job.state()))
                .setStateReason(job.reason())
                .setAttemptCount(job.attempt())
                .putAllMetrics(job.metrics())
                .setCreateTime(timestamp(job.createTime()));
        job.progress().ifPresent(progress -> message.setProgress(progress(progress)));
        job.modelVersion().ifPresent(message::setModelVersion);
        job.startTime().ifPresent(time -> message.setStartTime(timestamp(time)));
        job.endTime().ifPresent(time -> message.setEndTime(timestamp(time)));
        return message.build();
    }

    /** A job that was checked and not made. */
    static TrainingJob checked(JobName name, io.modelmill.training.spec.TrainingSpec spec) {
        return TrainingJob.newBuilder()
                .setName(name.toString())
                .setSpec(spec(spec))
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
            }
            case io.modelmill.training.job.JobEvent.EpochDone done -> message.setProgress(progress(done.progress()));
        }
        return message.build();
    }

    private static Progress progress(EpochProgress progress) {
        return Progress.newBuilder()
                .setEpoch(progress.epoch())
                .setEpochs(progress.epochs())
                .putAllMetrics(progress.metrics())
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
