package io.modelmill.trainingspec.job;

import io.modelmill.trainingspec.fault.Faults;
import io.modelmill.trainingspec.job.DataSpec.Text;
import io.modelmill.trainingspec.job.DatasetFacts.Column;
import io.modelmill.trainingspec.job.DatasetFacts.Kind;
import io.modelmill.trainingspec.network.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What can be wrong with the columns that are predicted from. */
final class ColumnRules {
    private static final String FEATURES = "feature_columns";
    private static final int MOST_COLUMNS_SHOWN = 20;
    private static final int NUMBER_BYTES = Double.BYTES;
    private static final int TOKEN_BYTES = Integer.BYTES;

    private final DataSpec data;
    private final DatasetFacts facts;
    private final Faults faults;

    /** @param faults takes what is wrong, below {@code data} */
    ColumnRules(DataSpec data, DatasetFacts facts, Faults faults) {
        this.data = data;
        this.facts = facts;
        this.faults = faults;
    }

    /** Finds a column that the job names, unless its name is empty. */
    Optional<Column> find(String name, String field) {
        Optional<Column> found = facts.column(name);
        faults.check(found.isPresent() || name.isEmpty(), field, name, "one of " + columnNames());
        return found;
    }

    /** What a row's features become; empty if anything is wrong with them. */
    Optional<RowInput> input(Task task) {
        return data.text().isPresent()
                ? text(data.text().get(), task)
                : features().flatMap(this::input);
    }

    private Optional<RowInput> text(Text text, Task task) {
        Optional<Column> column = find(text.column(), "text.column");
        if (column.isEmpty()
                || !faults.check(
                        column.get().kind() == Kind.TEXT,
                        "text.column",
                        text.column() + ": " + shown(column.get()),
                        "text")) {
            return Optional.empty();
        }
        // A row has as many tokens as its text, up to max_length; a word that is embedded stands alone.
        Shape shape = Shape.tokens(task == Task.WORD_EMBEDDING ? 1 : Shape.ANY);
        long mostTokens = Math.min(
                Math.multiplyExact(facts.rows(), (long) text.maxLength()), Math.max(facts.sizeBytes(), facts.rows()));
        return Optional.of(new RowInput(shape, true, mostTokens * TOKEN_BYTES / Math.max(1, facts.rows()) + 1));
    }

    private Optional<List<Column>> features() {
        List<Column> features = new ArrayList<>();
        boolean all = true;
        if (data.featureColumns().isEmpty()) {
            facts.columns().stream()
                    .filter(column -> !column.name().equals(data.labelColumn())
                            && !column.name().equals(data.split().column()))
                    .forEach(features::add);
            all = faults.check(!features.isEmpty(), FEATURES, "none besides the label", "at least one column");
        }
        for (int i = 0; i < data.featureColumns().size(); i++) {
            String name = data.featureColumns().get(i);
            Optional<Column> column = facts.column(name);
            all &= faults.check(column.isPresent(), field(i), name, "one of " + columnNames());
            column.ifPresent(features::add);
        }
        for (Column column : features) {
            int named = data.featureColumns().indexOf(column.name());
            all &= checkFeature(named < 0 ? FEATURES : field(named), column, features.size());
        }
        return all ? Optional.of(features) : Optional.empty();
    }

    private boolean checkFeature(String field, Column column, int features) {
        boolean alone = faults.check(
                column.kind() != Kind.TENSOR || features == 1,
                field,
                column.name() + ": " + shown(column) + " beside " + (features - 1) + " other columns",
                "one column of tensors alone, or numbers and texts");
        return alone
                && faults.check(
                        column.kind() != Kind.NUMBER
                                || column.missing() == 0
                                || !data.cleaning().missing().equals("refuse"),
                        field,
                        column.name() + ": " + column.missing() + " missing values",
                        "a number in every row");
    }

    private Optional<RowInput> input(List<Column> features) {
        Column first = features.getFirst();
        if (first.kind() == Kind.TENSOR) {
            Shape shape = new Shape(Shape.Element.NUMBER, first.shape());
            return Optional.of(new RowInput(shape, true, Math.multiplyExact(shape.size(), (long) first.valueBytes())));
        }
        boolean oneHot = data.categories().equals("one_hot");
        long width = 0;
        boolean exact = true;
        for (Column column : features) {
            boolean categories = oneHot && column.kind() == Kind.TEXT;
            exact &= !categories;
            width += categories ? mostCategories(column) : 1;
        }
        return Optional.of(
                new RowInput(Shape.numbers(width), exact, Math.multiplyExact((long) features.size(), NUMBER_BYTES)));
    }

    /** Of those that the data set's facts show; the training rows may have fewer. */
    private static long mostCategories(Column column) {
        long known = column.distinctValues().isEmpty()
                ? DatasetFacts.MOST_DISTINCT_VALUES + 1
                : column.distinctValues().size();
        return known + (column.missing() > 0 ? 1 : 0);
    }

    /** What a column is, in words. */
    static String shown(Column column) {
        return switch (column.kind()) {
            case NUMBER -> "numbers";
            case TEXT -> "text";
            case TENSOR -> "tensors " + column.shape();
        };
    }

    private String columnNames() {
        List<String> names = facts.columns().stream().map(Column::name).toList();
        return names.size() <= MOST_COLUMNS_SHOWN
                ? String.join(", ", names)
                : String.join(", ", names.subList(0, MOST_COLUMNS_SHOWN)) + " and "
                        + (names.size() - MOST_COLUMNS_SHOWN)
                        + " more";
    }

    private static String field(int feature) {
        return FEATURES + "[" + feature + "]";
    }
}
