package io.modelmill.training.spec;

import io.modelmill.trainingspec.network.LayerCatalogue;
import java.util.Collections;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/** The names that a spec may use; the worker builds what they stand for. */
final class Catalogue {
    static final String DENSE = "dense";
    static final String CROSS_ENTROPY = "cross_entropy";
    static final String MEAN_SQUARED_ERROR = "mean_squared_error";
    static final String SGD = "sgd";

    static final LayerCatalogue LAYERS = LayerCatalogue.standard();
    static final SortedSet<String> LOSSES = names(CROSS_ENTROPY, MEAN_SQUARED_ERROR);
    static final SortedSet<String> OPTIMIZERS = names(SGD, "adam", "adamw");
    static final SortedSet<String> NORMALIZATIONS = names("none", "min_max", "z_score");

    private Catalogue() {}

    private static SortedSet<String> names(String... names) {
        return Collections.unmodifiableSortedSet(new TreeSet<>(List.of(names)));
    }
}
