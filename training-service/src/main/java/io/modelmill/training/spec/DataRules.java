package io.modelmill.training.spec;

import io.modelmill.servicekit.error.Violations;
import io.modelmill.training.spec.DatasetFacts.Column;
import io.modelmill.trainingspec.fault.Faults;
import io.modelmill.trainingspec.network.LayerSpec;
import io.modelmill.trainingspec.network.PlannedLayer;
import io.modelmill.trainingspec.network.Shape;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** What can be wrong with a spec against the rows that it names. */
public final class DataRules {
    private static final String UNITS = "units";
    private static final int FEWEST_CLASSES = 2;
    private static final int MOST_CLASSES = 1_000;
    private static final int MOST_COLUMNS_SHOWN = 20;

    private final TrainingSpec spec;
    private final DatasetFacts facts;
    private final Violations violations;

    private DataRules(TrainingSpec spec, DatasetFacts facts, Violations violations) {
        this.spec = spec;
        this.facts = facts;
        this.violations = violations;
    }

    /**
     * Notes every fault that the data show.
     *
     * @param mostParameters weights and biases that a network may have
     */
    public static void check(TrainingSpec spec, DatasetFacts facts, long mostParameters, Violations violations) {
        DataRules rules = new DataRules(spec, facts, violations);
        rules.checkRows();
        rules.checkLabel();
        rules.checkFeatures(mostParameters);
    }

    private void checkRows() {
        double heldOut = facts.rows() * spec.data().testFraction();
        check(
                !(heldOut < 1) && !(facts.rows() - heldOut < 1),
                "data.test_fraction",
                spec.data().testFraction() + " of " + facts.rows() + " rows",
                "at least one row held out and one to train");
    }

    private void checkLabel() {
        String name = spec.data().labelColumn();
        if (name.isEmpty()) {
            return;
        }
        Optional<Column> found = facts.column(name);
        if (found.isEmpty()) {
            add("data.label_column", name, "one of " + columnNames());
            return;
        }
        Column label = found.get();
        check(
                label.missing() == 0,
                "data.label_column",
                name + ": " + label.missing() + " missing values",
                "a value in every row");
        if (spec.classifies()) {
            checkClasses(label);
        } else if (spec.loss().equals(Catalogue.MEAN_SQUARED_ERROR)) {
            check(label.number(), "data.label_column", name + ": text", "numbers for mean_squared_error");
            checkOutputs(1, "one number is predicted");
        }
    }

    private void checkClasses(Column label) {
        int classes = label.distinctValues();
        if (classes < FEWEST_CLASSES || classes > MOST_CLASSES) {
            String seen = classes == 0 ? "more than " + MOST_CLASSES : Integer.toString(classes);
            add(
                    "data.label_column",
                    label.name() + ": " + seen + " distinct values",
                    FEWEST_CLASSES + " to " + MOST_CLASSES + " classes for cross_entropy");
        } else {
            checkOutputs(classes, "the number of classes in \"" + label.name() + "\"");
        }
    }

    private void checkOutputs(long outputs, String why) {
        List<LayerSpec> layers = spec.layers();
        IntStream.range(0, layers.size())
                .filter(i -> layers.get(i).type().equals(Catalogue.DENSE))
                .reduce((before, last) -> last)
                .ifPresent(last -> {
                    Object units = layers.get(last).settings().get(UNITS);
                    check(
                            units == null || units.equals(outputs),
                            "network.layers[" + last + "].units",
                            units == null ? "not set" : units,
                            outputs + ", " + why);
                });
    }

    private void checkFeatures(long mostParameters) {
        List<String> named = spec.data().featureColumns();
        if (named.isEmpty()) {
            List<Column> features = facts.columns().stream()
                    .filter(column -> !column.name().equals(spec.data().labelColumn()))
                    .toList();
            check(!features.isEmpty(), "data.feature_columns", "none besides the label", "at least one column");
            features.forEach(column -> checkFeature("data.feature_columns", column));
            checkNetwork(features.size(), mostParameters);
            return;
        }
        for (int i = 0; i < named.size(); i++) {
            String field = "data.feature_columns[" + i + "]";
            Optional<Column> column = facts.column(named.get(i));
            if (column.isPresent()) {
                checkFeature(field, column.get());
            } else {
                add(field, named.get(i), "one of " + columnNames());
            }
        }
        checkNetwork(named.size(), mostParameters);
    }

    private void checkFeature(String field, Column column) {
        check(column.number(), field, column.name() + ": text", "numbers");
        check(
                !column.number() || column.missing() == 0,
                field,
                column.name() + ": " + column.missing() + " missing values",
                "a number in every row");
    }

    /** Whether the layers fit together, answer what is asked for, and are not too large. */
    private void checkNetwork(int inputs, long mostParameters) {
        Faults faults = Faults.ofSpec();
        Catalogue.LAYERS.check(spec.layers(), faults);
        if (inputs == 0 || !faults.isEmpty()) {
            // What is wrong by itself has been told.
            return;
        }
        Optional<List<PlannedLayer>> planned =
                Catalogue.LAYERS.plan(spec.layers(), Shape.numbers(inputs), faults.below(SpecRules.NETWORK));
        SpecRules.add(faults, violations);
        planned.ifPresent(layers -> {
            checkShape(layers.getLast().output());
            checkParameters(layers, mostParameters);
        });
    }

    private void checkShape(Shape answered) {
        check(
                answered.rank() == 1,
                "network.layers[" + (spec.layers().size() - 1) + "]",
                "an output of " + answered,
                "one row of values");
    }

    private void checkParameters(List<PlannedLayer> layers, long mostParameters) {
        try {
            long parameters =
                    layers.stream().mapToLong(PlannedLayer::parameters).reduce(0, Math::addExact);
            check(
                    parameters <= mostParameters,
                    "network.layers",
                    parameters + " parameters",
                    "at most " + mostParameters);
        } catch (ArithmeticException e) {
            add("network.layers", "more parameters than can be counted", "at most " + mostParameters);
        }
    }

    private String columnNames() {
        List<String> names = facts.columns().stream().map(Column::name).toList();
        return names.size() <= MOST_COLUMNS_SHOWN
                ? String.join(", ", names)
                : String.join(", ", names.subList(0, MOST_COLUMNS_SHOWN)) + " and "
                        + (names.size() - MOST_COLUMNS_SHOWN)
                        + " more";
    }

    private void check(boolean condition, String field, Object offending, String expected) {
        violations.check(condition, SpecRules.SPEC + field, offending, expected);
    }

    private void add(String field, Object offending, String expected) {
        violations.add(SpecRules.SPEC + field, offending, expected);
    }
}
