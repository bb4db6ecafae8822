package io.modelmill.trainingspec.job;

import io.modelmill.trainingspec.fault.Faults;
import io.modelmill.trainingspec.job.DataSpec.Cleaning;
import io.modelmill.trainingspec.job.DataSpec.Split;
import io.modelmill.trainingspec.job.DataSpec.Text;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** What can be wrong with how rows become tensors, without a look at them. */
final class DataSpecRules {
    /** Units of a dense layer at most, which predicts one of so many tokens. */
    private static final int MOST_PREDICTED_TOKENS = 65_536;

    private static final int MOST_TOKENS = 1_000_000;
    private static final int LONGEST_TEXT = 65_536;
    private static final int WIDEST_WINDOW = 100;
    private static final double LARGEST_TEST_FRACTION = 0.9;
    private static final double LARGEST_VALIDATION_FRACTION = 0.5;

    private final DataSpec data;
    private final Optional<Task> task;
    private final Faults faults;

    /** @param task empty if it is unknown, which is told elsewhere */
    DataSpecRules(DataSpec data, Optional<Task> task, Faults faults) {
        this.data = data;
        this.task = task;
        this.faults = faults;
    }

    void check() {
        checkColumns();
        checkSplit(data.split());
        oneOf("normalization", data.normalization(), Set.of("none", "min_max", "z_score", "scale_255"));
        oneOf("categories", data.categories(), Set.of("one_hot", "ordinal"));
        checkCleaning(data.cleaning());
        checkText();
    }

    private void checkColumns() {
        String label = data.labelColumn();
        if (task.isEmpty() || task.get().hasLabels()) {
            faults.check(!label.isEmpty(), "label_column", label, "a column of the data set");
        } else if (task.get() != Task.QUANTIZATION) {
            faults.check(
                    label.isEmpty(),
                    "label_column",
                    label,
                    "not set: " + task.get().specName() + " has no labels");
        }
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < data.featureColumns().size(); i++) {
            String column = data.featureColumns().get(i);
            String field = "feature_columns[" + i + "]";
            faults.check(seen.add(column), field, column, "each column once");
            faults.check(column.isEmpty() || !column.equals(label), field, column, "a column that is not the label");
            faults.check(
                    column.isEmpty() || !column.equals(data.split().column()),
                    field,
                    column,
                    "a column that is not the split's");
        }
        faults.check(
                label.isEmpty() || !label.equals(data.split().column()),
                "split.column",
                data.split().column(),
                "a column that is not the label");
    }

    private void checkSplit(Split split) {
        oneOf("split.type", split.type(), Set.of(Split.STRATIFIED, Split.RANDOM, Split.TIME, Split.GIVEN, Split.NONE));
        if (split.holdsOutFraction()) {
            faults.check(
                    data.testFraction() > 0 && data.testFraction() <= LARGEST_TEST_FRACTION,
                    "test_fraction",
                    data.testFraction(),
                    "above 0 and at most " + LARGEST_TEST_FRACTION);
        } else {
            faults.check(
                    data.testFraction() == 0,
                    "test_fraction",
                    data.testFraction(),
                    "not set: the split " + split.type() + " holds out no fraction");
        }
        double validation = split.validationFraction();
        String validationField = "split.validation_fraction";
        if (split.type().equals(Split.NONE)) {
            faults.check(validation == 0, validationField, validation, "0: the split none holds no rows out");
        } else if (faults.check(
                validation >= 0 && validation <= LARGEST_VALIDATION_FRACTION,
                validationField,
                validation,
                "from 0 and at most " + LARGEST_VALIDATION_FRACTION)) {
            faults.check(
                    !(data.testFraction() + validation >= 1),
                    validationField,
                    validation,
                    "below " + (1 - data.testFraction()) + ", so that rows are left to train");
        }
        faults.check(
                !split.type().equals(Split.STRATIFIED) || task.isEmpty() || mayHaveClasses(task.get()),
                "split.type",
                split.type(),
                "another: only the classes of classification can be stratified");
        boolean inOrder = task.isPresent() && data.isRunningText(task.get());
        if (split.type().equals(Split.TIME) && inOrder) {
            faults.check(
                    split.column().isEmpty(), "split.column", split.column(), "not set: text is split where it stands");
        } else if (split.type().equals(Split.TIME)) {
            faults.check(!split.column().isEmpty(), "split.column", split.column(), "the column to order by");
        } else if (!split.type().equals(Split.GIVEN)) {
            faults.check(
                    split.column().isEmpty(),
                    "split.column",
                    split.column(),
                    "not set: the split " + split.type() + " has none");
        }
    }

    private void checkCleaning(Cleaning cleaning) {
        oneOf("cleaning.missing", cleaning.missing(), Set.of("refuse", "drop", "mean", "median", "constant"));
        if (cleaning.missing().equals("constant")) {
            faults.check(
                    Double.isFinite(cleaning.constant()), "cleaning.constant", cleaning.constant(), "a finite number");
        } else {
            faults.check(
                    cleaning.constant() == 0,
                    "cleaning.constant",
                    cleaning.constant(),
                    "not set: missing is " + cleaning.missing());
        }
        oneOf("cleaning.duplicates", cleaning.duplicates(), Set.of("keep", "drop"));
        oneOf("cleaning.outliers", cleaning.outliers(), Set.of("keep", "drop", "clip"));
        if (cleaning.outliers().equals("keep")) {
            faults.check(
                    cleaning.outlierDeviations() == Cleaning.NONE.outlierDeviations(),
                    "cleaning.outlier_deviations",
                    cleaning.outlierDeviations(),
                    "not set: outliers are kept");
        } else {
            faults.check(
                    cleaning.outlierDeviations() > 0 && Double.isFinite(cleaning.outlierDeviations()),
                    "cleaning.outlier_deviations",
                    cleaning.outlierDeviations(),
                    "finite and above 0");
        }
    }

    private void checkText() {
        if (data.text().isEmpty()) {
            faults.check(
                    task.isEmpty() || !readsText(task.get()),
                    "text",
                    "not set",
                    "set: " + task.map(Task::specName).orElse("") + " reads text");
            return;
        }
        Text text = data.text().get();
        faults.check(!text.column().isEmpty(), "text.column", text.column(), "a column of the data set");
        faults.check(
                text.column().isEmpty() || !text.column().equals(data.labelColumn()),
                "text.column",
                text.column(),
                "a column that is not the label");
        oneOf("text.tokens", text.tokens(), Set.of("character", "word"));
        boolean predicted = task.isPresent() && readsText(task.get());
        range("text.vocabulary_size", text.vocabularySize(), 2, predicted ? MOST_PREDICTED_TOKENS : MOST_TOKENS);
        range("text.max_length", text.maxLength(), 1, LONGEST_TEXT);
        if (task.equals(Optional.of(Task.WORD_EMBEDDING))) {
            range("text.window", text.window(), 1, WIDEST_WINDOW);
        } else {
            faults.check(text.window() == 0, "text.window", text.window(), "not set: only word_embedding has one");
        }
        faults.check(
                task.isEmpty() || task.get() != Task.AUTOENCODING,
                "text",
                text.column(),
                "not set: autoencoding compares numbers");
        checkNothingBesideText();
    }

    private void checkNothingBesideText() {
        faults.check(
                data.featureColumns().isEmpty()
                        || data.featureColumns()
                                .equals(List.of(data.text().map(Text::column).orElse(""))),
                "feature_columns",
                String.join(", ", data.featureColumns()),
                "not set: text.column is what is predicted from");
        faults.check(
                data.normalization().equals("none"),
                "normalization",
                data.normalization(),
                "none: tokens are no numbers");
        faults.check(
                data.categories().equals("one_hot"),
                "categories",
                data.categories(),
                "not set: text.column becomes tokens");
        faults.check(
                data.cleaning().outliers().equals("keep"),
                "cleaning.outliers",
                data.cleaning().outliers(),
                "keep: tokens are no numbers");
    }

    /** Of a version that is quantised only its labels tell. */
    private boolean mayHaveClasses(Task task) {
        return task == Task.CLASSIFICATION
                || task == Task.QUANTIZATION && !data.labelColumn().isEmpty();
    }

    private static boolean readsText(Task task) {
        return task == Task.LANGUAGE_MODELLING || task == Task.WORD_EMBEDDING;
    }

    private void range(String field, int value, int least, int most) {
        faults.check(value >= least && value <= most, field, value, least + " to " + most);
    }

    private void oneOf(String field, String value, Set<String> names) {
        faults.check(names.contains(value), field, value, "one of " + String.join(", ", new TreeSet<>(names)));
    }
}
