package io.modelmill.trainingspec.job;

import io.modelmill.trainingspec.network.LayerSpec;
import io.modelmill.trainingspec.setting.Choice;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What to train, with defaults filled in. It may hold anything: the rules of this package say what is wrong.
 *
 * @param model resource name of the model that gets the version
 * @param datasetVersion resource name of the rows
 * @param task name of a {@link Task}
 * @param layers from the input to the output
 * @param loss an entry of {@link io.modelmill.trainingspec.optimization.Losses}
 * @param optimizer an entry of {@link io.modelmill.trainingspec.optimization.Optimizers}
 * @param schedule an entry of {@link io.modelmill.trainingspec.optimization.Schedules}
 * @param epochs passes over the training rows
 * @param batchSize rows of one step
 * @param checkpointSteps steps between two checkpoints beside those at the ends of epochs; 0 is none
 * @param seed of split, initial weights, order of rows and dropout
 * @param maxDuration of the job, over all attempts
 * @param aliases ids that move to the new version
 * @param adversarial an entry of {@link io.modelmill.trainingspec.optimization.AdversarialTypes}
 * @param resumeFrom resource name of the job whose last checkpoint is where this one begins, or empty
 */
public record TrainingSpec(
        String model,
        String datasetVersion,
        String task,
        DataSpec data,
        List<LayerSpec> layers,
        Choice loss,
        Choice optimizer,
        Choice schedule,
        Regularization regularization,
        Optional<EarlyStopping> earlyStopping,
        int epochs,
        int batchSize,
        int checkpointSteps,
        long seed,
        Duration maxDuration,
        List<String> aliases,
        Optional<Choice> adversarial,
        Optional<Distillation> distillation,
        Optional<Quantization> quantization,
        String resumeFrom) {
    /** Longest run of a job that names none. */
    public static final Duration DEFAULT_MAX_DURATION = Duration.ofHours(1);

    public TrainingSpec {
        layers = List.copyOf(layers);
        aliases = List.copyOf(aliases);
    }

    /** Resource name of the version that teaches or is quantised, if there is one. */
    public Optional<String> sourceVersion() {
        return distillation.map(Distillation::teacherVersion).or(() -> quantization.map(Quantization::parentVersion));
    }

    /**
     * What keeps weights and steps small.
     *
     * @param l1 penalty on the sum of absolute weights
     * @param l2 penalty on half the sum of squared weights
     * @param maxGradientNorm to which all gradients of a step are scaled down; 0 is no limit
     * @param maxGradientValue to which each gradient is cut; 0 is no limit
     */
    public record Regularization(double l1, double l2, double maxGradientNorm, double maxGradientValue) {
        public static final Regularization NONE = new Regularization(0, 0, 0, 0);
    }

    /**
     * When to end before all epochs are done.
     *
     * @param patience epochs without a better value
     * @param minDelta by how much a value must be better to count
     * @param metric what is watched, such as {@code validation_loss}
     */
    public record EarlyStopping(int patience, double minDelta, String metric) {}

    /**
     * Learns from a registered classifier beside the labels.
     *
     * @param teacherVersion resource name
     * @param temperature by what logits are divided before softmax
     * @param weight share of the loss that comes from the teacher
     */
    public record Distillation(String teacherVersion, double temperature, double weight) {}

    /**
     * What is quantised.
     *
     * @param parentVersion resource name
     * @param tolerance largest loss of quality that is served
     */
    public record Quantization(String parentVersion, double tolerance) {}
}
