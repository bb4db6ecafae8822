package io.modelmill.worker.data;

import io.modelmill.dataset.DatasetColumn;
import io.modelmill.dataset.source.Quotes;
import io.modelmill.trainingspec.job.DataSpec;
import io.modelmill.trainingspec.job.Task;
import io.modelmill.worker.failure.JobFailedException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Which columns of a data set a job reads.
 *
 * @param all of the data set, by index
 * @param label index, or -1
 * @param features indices
 * @param split index of the column that tells how rows are divided, or -1
 */
record Columns(List<DatasetColumn> all, int label, List<Integer> features, int split) {
    private static final int MOST_SHOWN = 20;

    /** Finds the columns. */
    static Columns of(List<DatasetColumn> all, Task task, DataSpec spec, Splitting splitting) {
        int label = spec.labelColumn().isEmpty() ? -1 : find(all, spec.labelColumn());
        if (label < 0 && task.hasLabels()) {
            throw Choices.refused("label_column", "empty", "a column's name");
        }
        int split = splitting.column().isEmpty() ? -1 : find(all, splitting.column());
        if (split < 0 && splitting.type() == Splitting.Type.TIME && task != Task.LANGUAGE_MODELLING) {
            throw Choices.refused("split.column", "empty", "a column's name, for data.split.type time");
        }
        Columns columns = new Columns(all, label, features(all, spec, label, split), split);
        columns.requireScalar(label);
        columns.requireScalar(split);
        return columns;
    }

    private static List<Integer> features(List<DatasetColumn> all, DataSpec spec, int label, int split) {
        List<Integer> features = new ArrayList<>();
        if (spec.text().isPresent()) {
            String text = spec.text().get().column();
            List<String> asked = spec.featureColumns();
            if (!asked.isEmpty() && !asked.equals(List.of(text))) {
                throw Choices.refused("feature_columns", asked, "none beside data.text.column " + Quotes.quote(text));
            }
            features.add(find(all, text));
        } else if (spec.featureColumns().isEmpty()) {
            for (int column = 0; column < all.size(); column++) {
                if (column != label && column != split) {
                    features.add(column);
                }
            }
        } else {
            for (String name : spec.featureColumns()) {
                int column = find(all, name);
                if (features.contains(column)) {
                    throw Choices.refused("feature_columns", Quotes.quote(name) + " twice", "each column once");
                }
                features.add(column);
            }
        }
        if (features.contains(label)) {
            throw new JobFailedException("column %s is both label and feature"
                    .formatted(Quotes.quote(all.get(label).name())));
        }
        if (features.isEmpty()) {
            throw new JobFailedException("the data set has no column to predict from (expected: at least 1 beside %s)"
                    .formatted(
                            label < 0
                                    ? "the split's"
                                    : Quotes.quote(all.get(label).name())));
        }
        return List.copyOf(features);
    }

    private void requireScalar(int column) {
        if (column >= 0 && isTensor(column)) {
            throw new JobFailedException("column %s holds tensors %s (expected: a number or text of each row)"
                    .formatted(Quotes.quote(name(column)), all.get(column).shape()));
        }
    }

    private static int find(List<DatasetColumn> all, String name) {
        for (int column = 0; column < all.size(); column++) {
            if (all.get(column).name().equals(name)) {
                return column;
            }
        }
        List<String> names =
                all.stream().limit(MOST_SHOWN).map(DatasetColumn::name).toList();
        throw new JobFailedException("column %s is not in the data set (expected one of: %s%s)"
                .formatted(Quotes.quote(name), String.join(", ", names), all.size() > MOST_SHOWN ? ", ..." : ""));
    }

    /** The tensors' column, or -1 where the features are a table. */
    int tensor() {
        for (int column : features) {
            if (isTensor(column)) {
                if (features.size() > 1) {
                    throw new JobFailedException(
                            "column %s holds tensors and is one of %d to predict from (expected: the only one; data.feature_columns chooses)"
                                    .formatted(Quotes.quote(name(column)), features.size()));
                }
                return column;
            }
        }
        return -1;
    }

    /** Features that are numbers of a table. */
    int[] numbers(Set<String> texts) {
        return features.stream()
                .filter(column -> !texts.contains(name(column)))
                .mapToInt(Integer::intValue)
                .toArray();
    }

    /** Features that are texts of a table. */
    int[] texts(Set<String> texts) {
        return features.stream()
                .filter(column -> texts.contains(name(column)))
                .mapToInt(Integer::intValue)
                .toArray();
    }

    String name(int column) {
        return all.get(column).name();
    }

    private boolean isTensor(int column) {
        return switch (all.get(column).type()) {
            case BYTES, FLOATS -> true;
            case CELL, NUMBER -> false;
        };
    }

    /** Refuses something of a row, naming its place. */
    JobFailedException refused(String place, int column, String value, String expected) {
        return new JobFailedException(
                "%s, column %s: %s (expected: %s)".formatted(place, Quotes.quote(name(column)), value, expected));
    }
}
