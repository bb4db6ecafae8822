package io.modelmill.trainingspec.job;

import io.modelmill.trainingspec.fault.Faults;
import io.modelmill.trainingspec.job.DatasetFacts.Column;
import io.modelmill.trainingspec.job.DatasetFacts.Kind;
import io.modelmill.trainingspec.optimization.Losses;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** What can be wrong with a spec against the rows that it names. */
public final class DataRules {
    private static final int FEWEST_CLASSES = 2;
    private static final int MOST_CLASSES = DatasetFacts.MOST_DISTINCT_VALUES;
    private static final String LABEL = "label_column";

    private final TrainingSpec spec;
    private final DatasetFacts facts;
    private final Faults faults;
    private final Faults data;
    private final ColumnRules columns;

    private DataRules(TrainingSpec spec, DatasetFacts facts, Faults faults) {
        this.spec = spec;
        this.facts = facts;
        this.faults = faults;
        this.data = faults.below("data");
        this.columns = new ColumnRules(spec.data(), facts, data);
    }

    /**
     * Notes every fault that the data show, beside those of {@link SpecRules}.
     *
     * @return the network for the data, if it fits; none for a job that trains none
     */
    public static Optional<NetworkPlan> check(TrainingSpec spec, DatasetFacts facts, Faults faults) {
        return new DataRules(spec, facts, faults).check();
    }

    private Optional<NetworkPlan> check() {
        Optional<Task> task = Task.find(spec.task());
        Optional<Column> split = columns.find(spec.data().split().column(), "split.column");
        new SplitRules(spec, facts, data).check(split);
        OptionalLong outputs = checkLabel(task);
        if (task.isEmpty()) {
            return Optional.empty();
        }
        Optional<RowInput> input = columns.input(task.get());
        if (task.get() == Task.QUANTIZATION) {
            return Optional.empty();
        }
        return new NetworkFit(spec, task.get(), faults.below(NetworkRules.NETWORK)).check(input, outputs);
    }

    /** What a row's answer has of values, as far as the label tells. */
    private OptionalLong checkLabel(Optional<Task> task) {
        Optional<Column> found = columns.find(spec.data().labelColumn(), LABEL);
        if (found.isEmpty()) {
            return OptionalLong.empty();
        }
        Column label = found.get();
        data.check(
                label.missing() == 0 || spec.data().cleaning().missing().equals("drop"),
                LABEL,
                label.name() + ": " + label.missing() + " missing values",
                "a value in every row");
        boolean scalar = data.check(
                label.kind() != Kind.TENSOR,
                LABEL,
                label.name() + ": " + ColumnRules.shown(label),
                "a number or text of each row");
        if (!scalar || task.isEmpty()) {
            return OptionalLong.empty();
        }
        return switch (task.get()) {
            case CLASSIFICATION -> checkClasses(label);
            case REGRESSION -> {
                data.check(
                        label.kind() == Kind.NUMBER,
                        LABEL,
                        label.name() + ": " + ColumnRules.shown(label),
                        "numbers for " + spec.loss().type());
                yield OptionalLong.of(1);
            }
            default -> OptionalLong.empty();
        };
    }

    private OptionalLong checkClasses(Column label) {
        int classes = label.distinctValues().size();
        String seen = label.name() + ": " + (classes == 0 ? "more than " + MOST_CLASSES : Integer.toString(classes))
                + " distinct values";
        if (!data.check(
                classes >= FEWEST_CLASSES && classes <= MOST_CLASSES,
                LABEL,
                seen,
                FEWEST_CLASSES + " to " + MOST_CLASSES + " classes for "
                        + spec.loss().type())) {
            return OptionalLong.empty();
        }
        Object weights = spec.loss().settings().get(Losses.CLASS_WEIGHTS.name());
        faults.check(
                !(weights instanceof List<?> list) || list.isEmpty() || list.size() == classes,
                "loss.class_weights",
                weights instanceof List<?> list ? list.size() + " weights" : "",
                classes + ", one for each class in \"" + label.name() + "\"");
        if (!spec.loss().type().equals(Losses.BINARY_CROSS_ENTROPY.name())) {
            return OptionalLong.of(classes);
        }
        data.check(classes == 2, LABEL, seen, "2 classes for binary_cross_entropy");
        return OptionalLong.of(1);
    }
}
