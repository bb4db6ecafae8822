package io.modelmill.worker.plan;

import io.modelmill.trainingspec.network.LayerSpec;
import io.modelmill.worker.failure.JobFailedException;
import java.util.List;

/**
 * What to train and how. The door of training-service has checked all of it; what would make no sense here is refused
 * again, so that a hole there never becomes a crash of native code.
 *
 * @param layers from the input to the output
 * @param loss name in the catalogue of losses
 * @param epochs passes over the training rows
 * @param batchSize rows of one step
 * @param seed of split, initial weights, order of rows and dropout
 */
public record TrainingPlan(
        DataPlan data,
        List<LayerSpec> layers,
        String loss,
        OptimizerPlan optimizer,
        int epochs,
        int batchSize,
        long seed) {
    public TrainingPlan {
        layers = List.copyOf(layers);
        if (layers.isEmpty()) {
            throw new JobFailedException("network.layers: none (expected: at least 1)");
        }
        requirePositive("epochs", epochs);
        requirePositive("batch_size", batchSize);
        if (!(optimizer.learningRate() > 0 && Double.isFinite(optimizer.learningRate()))) {
            throw new JobFailedException(
                    "optimizer.learning_rate: %s (expected: above 0)".formatted(optimizer.learningRate()));
        }
    }

    private static void requirePositive(String field, int value) {
        if (value < 1) {
            throw new JobFailedException("%s: %d (expected: at least 1)".formatted(field, value));
        }
    }
}
