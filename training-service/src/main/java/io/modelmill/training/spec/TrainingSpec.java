package io.modelmill.training.spec;

import io.modelmill.trainingspec.network.LayerSpec;
import java.time.Duration;
import java.util.List;

/**
 * What to train, with defaults filled in. It may hold anything: {@link SpecRules} and {@link DataRules} say what is wrong.
 *
 * @param model resource name of the model that gets the version
 * @param datasetVersion resource name of the rows
 * @param layers from the input to the output
 * @param loss an entry of {@link Catalogue#LOSSES}
 * @param aliases ids that move to the new version
 */
public record TrainingSpec(
        String model,
        String datasetVersion,
        DataSpec data,
        List<LayerSpec> layers,
        String loss,
        Optimizer optimizer,
        int epochs,
        int batchSize,
        long seed,
        Duration maxDuration,
        List<String> aliases) {
    /** Longest run of a job that names none. */
    public static final Duration DEFAULT_MAX_DURATION = Duration.ofHours(1);

    public TrainingSpec {
        layers = List.copyOf(layers);
        aliases = List.copyOf(aliases);
    }

    /** Whether the job learns classes; otherwise numbers. */
    public boolean classifies() {
        return loss.equals(Catalogue.CROSS_ENTROPY);
    }

    /**
     * How rows become tensors.
     *
     * @param featureColumns empty is every column but the label
     * @param testFraction of the rows, held out
     * @param normalization an entry of {@link Catalogue#NORMALIZATIONS}
     */
    public record DataSpec(String labelColumn, List<String> featureColumns, double testFraction, String normalization) {
        /** Held out if the job says nothing. */
        public static final double DEFAULT_TEST_FRACTION = 0.2;

        public DataSpec {
            featureColumns = List.copyOf(featureColumns);
        }
    }

    /**
     * How the loss is minimised.
     *
     * @param type an entry of {@link Catalogue#OPTIMIZERS}
     */
    public record Optimizer(String type, double learningRate, double momentum, double weightDecay) {}
}
