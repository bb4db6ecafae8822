package io.modelmill.training.spec;

import io.modelmill.servicekit.error.Violations;
import io.modelmill.servicekit.resourcename.ResourceNamePattern;
import io.modelmill.training.spec.TrainingSpec.DataSpec;
import io.modelmill.training.spec.TrainingSpec.Optimizer;
import io.modelmill.trainingspec.fault.Faults;
import io.modelmill.trainingspec.network.LayerSpec;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What can be wrong with a spec by itself, without a look at the data. */
public final class SpecRules {
    /** Path of the spec in the request. */
    static final String SPEC = "training_job.spec.";

    /** Path of the network in the spec. */
    static final String NETWORK = "network";

    static final ResourceNamePattern MODEL = ResourceNamePattern.of("tenants/{tenant}/models/{model}");
    static final ResourceNamePattern DATASET_VERSION =
            ResourceNamePattern.of("tenants/{tenant}/datasets/{dataset}/versions/{version:number}");

    private static final int MOST_UNITS = 65_536;
    private static final String NO_ACTIVATION = "none";
    private static final int MOST_EPOCHS = 10_000;
    private static final int MOST_ALIASES = 16;
    private static final double LARGEST_TEST_FRACTION = 0.9;
    private static final Duration LONGEST = Duration.ofDays(30);

    private final Violations violations;

    private SpecRules(Violations violations) {
        this.violations = violations;
    }

    /** Notes every fault of the spec. */
    public static void check(TrainingSpec spec, Violations violations) {
        SpecRules rules = new SpecRules(violations);
        rules.checkNames(spec);
        rules.checkData(spec.data());
        rules.checkLayers(spec);
        rules.oneOf("loss.type", spec.loss(), Catalogue.LOSSES);
        rules.checkOptimizer(spec.optimizer());
        rules.range("epochs", spec.epochs(), MOST_EPOCHS);
        rules.range("batch_size", spec.batchSize(), MOST_UNITS);
        rules.check(
                spec.maxDuration().isPositive() && spec.maxDuration().compareTo(LONGEST) <= 0,
                "max_duration",
                spec.maxDuration(),
                "above PT0S and at most " + LONGEST);
        rules.checkAliases(spec.aliases());
    }

    private void checkNames(TrainingSpec spec) {
        check(MODEL.match(spec.model()).isPresent(), "model", spec.model(), MODEL.toString());
        check(
                DATASET_VERSION.match(spec.datasetVersion()).isPresent(),
                "dataset_version",
                spec.datasetVersion(),
                DATASET_VERSION.toString());
    }

    private void checkData(DataSpec data) {
        check(!data.labelColumn().isEmpty(), "data.label_column", data.labelColumn(), "a column of the data set");
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < data.featureColumns().size(); i++) {
            String column = data.featureColumns().get(i);
            String field = "data.feature_columns[" + i + "]";
            check(seen.add(column), field, column, "each column once");
            check(
                    column.isEmpty() || !column.equals(data.labelColumn()),
                    field,
                    column,
                    "a column that is not the label");
        }
        check(
                data.testFraction() > 0 && data.testFraction() <= LARGEST_TEST_FRACTION,
                "data.test_fraction",
                data.testFraction(),
                "above 0 and at most " + LARGEST_TEST_FRACTION);
        oneOf("data.normalization", data.normalization(), Catalogue.NORMALIZATIONS);
    }

    private void checkLayers(TrainingSpec spec) {
        List<LayerSpec> layers = spec.layers();
        boolean anyDense = layers.stream().anyMatch(layer -> layer.type().equals(Catalogue.DENSE));
        check(anyDense, "network.layers", "no dense layer", "at least one");
        if (!anyDense) {
            return;
        }
        Faults faults = Faults.ofSpec();
        Catalogue.LAYERS.check(layers, faults.below(NETWORK));
        add(faults, violations);
        if (spec.classifies()) {
            int last = layers.size() - 1;
            LayerSpec output = layers.get(last);
            String field = "network.layers[" + last + "].";
            check(
                    output.type().equals(Catalogue.DENSE),
                    field + "type",
                    output.type(),
                    "dense as the last layer: cross_entropy takes its outputs as logits");
            Object activation = output.settings().getOrDefault("activation", NO_ACTIVATION);
            check(
                    !output.type().equals(Catalogue.DENSE) || activation.equals(NO_ACTIVATION),
                    field + "activation",
                    activation,
                    NO_ACTIVATION + ": cross_entropy takes logits");
        }
    }

    /** Notes what is wrong with a part of the spec. */
    static void add(Faults faults, Violations violations) {
        faults.found().forEach(fault -> violations.add(SPEC + fault.path(), fault.offending(), fault.expected()));
    }

    private void checkOptimizer(Optimizer optimizer) {
        boolean known = oneOf("optimizer.type", optimizer.type(), Catalogue.OPTIMIZERS);
        check(
                optimizer.learningRate() > 0 && Double.isFinite(optimizer.learningRate()),
                "optimizer.learning_rate",
                optimizer.learningRate(),
                "finite and above 0");
        if (known && !optimizer.type().equals(Catalogue.SGD)) {
            check(
                    optimizer.momentum() == 0,
                    "optimizer.momentum",
                    optimizer.momentum(),
                    "0: " + optimizer.type() + " has none");
        } else {
            check(
                    optimizer.momentum() >= 0 && optimizer.momentum() < 1,
                    "optimizer.momentum",
                    optimizer.momentum(),
                    "from 0 and below 1");
        }
        check(
                optimizer.weightDecay() >= 0 && Double.isFinite(optimizer.weightDecay()),
                "optimizer.weight_decay",
                optimizer.weightDecay(),
                "finite and at least 0");
    }

    private void checkAliases(List<String> aliases) {
        check(aliases.size() <= MOST_ALIASES, "aliases", aliases.size(), "at most " + MOST_ALIASES);
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < Math.min(aliases.size(), MOST_ALIASES); i++) {
            String alias = aliases.get(i);
            check(alias.matches(ResourceNamePattern.ID), "aliases[" + i + "]", alias, ResourceNamePattern.ID);
            check(seen.add(alias), "aliases[" + i + "]", alias, "each alias once");
        }
    }

    private void range(String field, int value, int most) {
        check(value >= 1 && value <= most, field, value, "1 to " + most);
    }

    private boolean oneOf(String field, String value, Set<String> names) {
        boolean known = names.contains(value);
        check(known, field, value, "one of " + String.join(", ", names));
        return known;
    }

    private void check(boolean condition, String field, Object offending, String expected) {
        violations.check(condition, SPEC + field, offending, expected);
    }
}
