package io.modelmill.trainingspec.job;

import io.modelmill.trainingspec.fault.Faults;
import io.modelmill.trainingspec.network.ConvolutionTypes;
import io.modelmill.trainingspec.network.DenseTypes;
import io.modelmill.trainingspec.network.LayerCatalogue;
import io.modelmill.trainingspec.network.LayerSpec;
import io.modelmill.trainingspec.network.OpenSettings;
import io.modelmill.trainingspec.network.SequenceTypes;
import io.modelmill.trainingspec.optimization.Losses;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What can be wrong with a network for its task, without a look at the data. */
final class NetworkRules {
    /** Path of the network in the spec. */
    static final String NETWORK = "network";

    private static final LayerCatalogue LAYERS = LayerCatalogue.standard();
    private static final String NO_ACTIVATION = "none";

    private final TrainingSpec spec;
    private final Optional<Task> task;
    private final Faults faults;

    NetworkRules(TrainingSpec spec, Optional<Task> task, Faults faults) {
        this.spec = spec;
        this.task = task;
        this.faults = faults;
    }

    void check() {
        Faults network = faults.below(NETWORK);
        boolean anyDense = OpenSettings.lastDense(spec.layers()).isPresent();
        if (!network.check(
                anyDense || task.equals(Optional.of(Task.AUTOENCODING)), "layers", "no dense layer", "at least one")) {
            return;
        }
        // Units that the data will tell are no fault.
        LAYERS.check(withUnits(), network);
        boolean logits = task.isPresent() && task.get().predictsClasses();
        if (logits || spec.loss().type().equals(Losses.BINARY_CROSS_ENTROPY.name())) {
            checkLogits(network);
        }
        if (task.equals(Optional.of(Task.LANGUAGE_MODELLING))) {
            checkCausal(spec.layers(), network);
        } else if (task.equals(Optional.of(Task.WORD_EMBEDDING))) {
            LayerSpec first = spec.layers().getFirst();
            network.below("layers", 0)
                    .check(
                            first.type().equals(SequenceTypes.EMBEDDING.name()),
                            "type",
                            first.type(),
                            "embedding: word_embedding answers its vectors");
        }
    }

    private List<LayerSpec> withUnits() {
        boolean given = OpenSettings.lastDense(spec.layers()).stream()
                .anyMatch(last -> spec.layers().get(last).settings().containsKey(DenseTypes.UNITS.name()));
        return given ? spec.layers() : OpenSettings.fillUnits(spec.layers(), 1, "", Faults.ofSpec());
    }

    private void checkLogits(Faults network) {
        int last = spec.layers().size() - 1;
        if (last < 0) {
            return;
        }
        LayerSpec output = spec.layers().get(last);
        Faults layer = network.below("layers", last);
        String dense = DenseTypes.DENSE.name();
        String loss = spec.loss().type();
        layer.check(
                output.type().equals(dense),
                "type",
                output.type(),
                dense + " as the last layer: " + loss + " takes its outputs as logits");
        Object activation = output.settings().getOrDefault(DenseTypes.ACTIVATION.name(), NO_ACTIVATION);
        layer.check(
                !output.type().equals(dense) || activation.equals(NO_ACTIVATION),
                DenseTypes.ACTIVATION.name(),
                activation,
                NO_ACTIVATION + ": " + loss + " takes logits");
    }

    /** No step may see the token behind it, which it has to predict. */
    private static void checkCausal(List<LayerSpec> layers, Faults faults) {
        Set<String> attention = Set.of(SequenceTypes.SELF_ATTENTION.name(), SequenceTypes.TRANSFORMER_ENCODER.name());
        Set<String> windows = Set.of(
                ConvolutionTypes.CONV_1D.name(),
                ConvolutionTypes.MAX_POOL.name(),
                ConvolutionTypes.AVERAGE_POOL.name());
        for (int i = 0; i < layers.size(); i++) {
            LayerSpec layer = layers.get(i);
            Faults below = faults.below("layers", i);
            Object causal = layer.settings().getOrDefault(SequenceTypes.CAUSAL.name(), false);
            below.check(
                    !attention.contains(layer.type()) || causal.equals(true),
                    SequenceTypes.CAUSAL.name(),
                    causal,
                    "true: a token that is to be predicted must not be seen");
            below.check(
                    !Boolean.TRUE.equals(layer.settings().get(SequenceTypes.BIDIRECTIONAL.name())),
                    SequenceTypes.BIDIRECTIONAL.name(),
                    true,
                    "false: a token that is to be predicted must not be seen");
            below.check(
                    !windows.contains(layer.type()),
                    "type",
                    layer.type(),
                    "another: a token that is to be predicted must not be seen");
            checkCausal(layer.layers(), below);
        }
    }
}
