package io.modelmill.trainingspec.job;

import com.google.protobuf.Message;
import io.modelmill.trainingspec.job.TrainingSpec.Distillation;
import io.modelmill.trainingspec.job.TrainingSpec.EarlyStopping;
import io.modelmill.trainingspec.job.TrainingSpec.Quantization;
import io.modelmill.trainingspec.job.TrainingSpec.Regularization;
import io.modelmill.trainingspec.network.LayerProtoMapper;
import io.modelmill.trainingspec.optimization.Losses;
import io.modelmill.trainingspec.optimization.Schedules;
import io.modelmill.trainingspec.setting.Choice;
import io.modelmill.trainingspec.setting.SettingsProtoMapper;
import java.time.Duration;
import java.util.Optional;

/** Between what a caller wants trained and a spec. */
public final class TrainingSpecProtoMapper {
    private static final String DEFAULT_METRIC = "validation_loss";
    private static final double DEFAULT_TEMPERATURE = 2;
    private static final double DEFAULT_WEIGHT = 0.5;
    private static final double DEFAULT_TOLERANCE = 0.01;

    private TrainingSpecProtoMapper() {}

    /** What a caller wants, with defaults filled in; nothing is checked. */
    public static TrainingSpec spec(io.modelmill.proto.training.v1.TrainingSpec message) {
        Choice loss = SettingsProtoMapper.choice(message.getLoss());
        String task = message.getTask().isEmpty() ? task(loss) : message.getTask();
        return new TrainingSpec(
                message.getModel(),
                message.getDatasetVersion(),
                task,
                DataSpecProtoMapper.data(message.getData(), task),
                LayerProtoMapper.layers(message.getNetwork().getLayersList()),
                loss,
                SettingsProtoMapper.choice(message.getOptimizer()),
                schedule(message.getSchedule()),
                regularization(message.getRegularization()),
                given(message.getEarlyStopping()).map(TrainingSpecProtoMapper::earlyStopping),
                message.getEpochs(),
                message.getBatchSize(),
                message.getCheckpointSteps(),
                message.getSeed(),
                message.hasMaxDuration()
                        ? Duration.ofSeconds(
                                message.getMaxDuration().getSeconds(),
                                message.getMaxDuration().getNanos())
                        : TrainingSpec.DEFAULT_MAX_DURATION,
                message.getAliasesList(),
                given(message.getAdversarial()).map(SettingsProtoMapper::choice),
                given(message.getDistillation()).map(TrainingSpecProtoMapper::distillation),
                given(message.getQuantization()).map(TrainingSpecProtoMapper::quantization),
                message.getResumeFrom());
    }

    /** Writes a spec, whose settings must all be fields of the API's. */
    public static io.modelmill.proto.training.v1.TrainingSpec message(TrainingSpec spec) {
        var message = io.modelmill.proto.training.v1.TrainingSpec.newBuilder()
                .setModel(spec.model())
                .setDatasetVersion(spec.datasetVersion())
                .setTask(spec.task())
                .setData(DataSpecProtoMapper.message(spec.data()))
                .setEpochs(spec.epochs())
                .setBatchSize(spec.batchSize())
                .setCheckpointSteps(spec.checkpointSteps())
                .setSeed(spec.seed())
                .addAllAliases(spec.aliases())
                .setResumeFrom(spec.resumeFrom());
        message.getMaxDurationBuilder()
                .setSeconds(spec.maxDuration().getSeconds())
                .setNanos(spec.maxDuration().getNano());
        message.getNetworkBuilder().addAllLayers(LayerProtoMapper.messages(spec.layers()));
        SettingsProtoMapper.write(spec.loss(), message.getLossBuilder());
        SettingsProtoMapper.write(spec.optimizer(), message.getOptimizerBuilder());
        SettingsProtoMapper.write(spec.schedule(), message.getScheduleBuilder());
        message.getRegularizationBuilder()
                .setL1(spec.regularization().l1())
                .setL2(spec.regularization().l2())
                .setMaxGradientNorm(spec.regularization().maxGradientNorm())
                .setMaxGradientValue(spec.regularization().maxGradientValue());
        spec.earlyStopping()
                .ifPresent(early -> message.getEarlyStoppingBuilder()
                        .setPatience(early.patience())
                        .setMinDelta(early.minDelta())
                        .setMetric(early.metric()));
        spec.adversarial().ifPresent(choice -> SettingsProtoMapper.write(choice, message.getAdversarialBuilder()));
        spec.distillation()
                .ifPresent(distillation -> message.getDistillationBuilder()
                        .setTeacherVersion(distillation.teacherVersion())
                        .setTemperature(distillation.temperature())
                        .setWeight(distillation.weight()));
        spec.quantization()
                .ifPresent(quantization -> message.getQuantizationBuilder()
                        .setParentVersion(quantization.parentVersion())
                        .setTolerance(quantization.tolerance()));
        return message.build();
    }

    /** What a loss is for; empty of an unknown one. */
    private static String task(Choice loss) {
        if (loss.type().equals(Losses.CROSS_ENTROPY.name()) || loss.type().equals(Losses.BINARY_CROSS_ENTROPY.name())) {
            return Task.CLASSIFICATION.specName();
        }
        boolean known = Losses.CATALOGUE.entries().stream()
                .anyMatch(entry -> entry.name().equals(loss.type()));
        return known ? Task.REGRESSION.specName() : "";
    }

    private static Choice schedule(io.modelmill.proto.training.v1.Schedule message) {
        Choice schedule = SettingsProtoMapper.choice(message);
        return schedule.type().isEmpty() ? new Choice(Schedules.CONSTANT.name(), schedule.settings()) : schedule;
    }

    private static Regularization regularization(io.modelmill.proto.training.v1.Regularization message) {
        return new Regularization(
                message.getL1(), message.getL2(), message.getMaxGradientNorm(), message.getMaxGradientValue());
    }

    private static EarlyStopping earlyStopping(io.modelmill.proto.training.v1.EarlyStopping message) {
        return new EarlyStopping(
                message.getPatience(),
                message.getMinDelta(),
                message.getMetric().isEmpty() ? DEFAULT_METRIC : message.getMetric());
    }

    private static Distillation distillation(io.modelmill.proto.training.v1.Distillation message) {
        return new Distillation(
                message.getTeacherVersion(),
                message.getTemperature() == 0 ? DEFAULT_TEMPERATURE : message.getTemperature(),
                message.getWeight() == 0 ? DEFAULT_WEIGHT : message.getWeight());
    }

    private static Quantization quantization(io.modelmill.proto.training.v1.Quantization message) {
        return new Quantization(
                message.getParentVersion(), message.getTolerance() == 0 ? DEFAULT_TOLERANCE : message.getTolerance());
    }

    /** A part of the message, if anything is set in it. */
    private static <M extends Message> Optional<M> given(M part) {
        return part.equals(part.getDefaultInstanceForType()) ? Optional.empty() : Optional.of(part);
    }
}
