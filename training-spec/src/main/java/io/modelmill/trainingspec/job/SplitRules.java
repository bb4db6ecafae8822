package io.modelmill.trainingspec.job;

import io.modelmill.trainingspec.fault.Faults;
import io.modelmill.trainingspec.job.DataSpec.Split;
import io.modelmill.trainingspec.job.DatasetFacts.Column;
import io.modelmill.trainingspec.job.DatasetFacts.Kind;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** What can be wrong with a split of the rows that there are. */
final class SplitRules {
    private static final String TRAIN = "train";
    private static final String VALIDATION = "validation";
    private static final String TEST = "test";
    private static final List<String> SUBSETS = List.of(TRAIN, VALIDATION, TEST);

    private final TrainingSpec spec;
    private final DatasetFacts facts;
    private final Faults faults;

    /** @param faults takes what is wrong, below {@code data} */
    SplitRules(TrainingSpec spec, DatasetFacts facts, Faults faults) {
        this.spec = spec;
        this.facts = facts;
        this.faults = faults;
    }

    void check(Optional<Column> column) {
        Split split = spec.data().split();
        column.ifPresent(this::checkColumn);
        if (split.type().equals(Split.GIVEN)) {
            if (split.column().isEmpty()) {
                checkSubsets(
                        facts.subsetRows(),
                        "split.type",
                        "rows for train and test in the data set's files, or a split.column");
            } else {
                column.ifPresent(this::checkGiven);
            }
        } else if (split.holdsOutFraction()
                && !Task.find(spec.task()).map(spec.data()::isRunningText).orElse(false)) {
            // Running text is split by its tokens, however many lines it has.
            checkFractions(split);
        }
    }

    private void checkColumn(Column column) {
        faults.check(
                column.kind() != Kind.TENSOR,
                "split.column",
                column.name() + ": " + ColumnRules.shown(column),
                "a number or text of each row");
        faults.check(
                column.missing() == 0 || spec.data().cleaning().missing().equals("drop"),
                "split.column",
                column.name() + ": " + column.missing() + " missing values",
                "a value in every row");
    }

    private void checkGiven(Column column) {
        List<String> others = column.distinctValues().stream()
                .filter(value -> !SUBSETS.contains(value))
                .toList();
        boolean known = faults.check(
                !column.distinctValues().isEmpty() && others.isEmpty(),
                "split.column",
                others.isEmpty() ? column.name() + ": too many distinct values" : others.getFirst(),
                "each value one of " + String.join(", ", SUBSETS));
        if (known) {
            checkSubsets(
                    column.distinctValues().stream().collect(Collectors.toMap(value -> value, value -> 1L)),
                    "split.column",
                    "rows for train and test");
        }
    }

    private void checkSubsets(Map<String, Long> rows, String field, String expected) {
        List<String> there = SUBSETS.stream()
                .filter(subset -> rows.getOrDefault(subset, 0L) > 0)
                .toList();
        boolean enough = faults.check(
                there.contains(TRAIN) && there.contains(TEST),
                field,
                there.isEmpty() ? "no subsets" : "rows for " + String.join(", ", there),
                expected);
        if (!enough) {
            return;
        }
        double fraction = spec.data().split().validationFraction();
        boolean validates = there.contains(VALIDATION);
        faults.check(
                !validates || fraction == 0,
                "split.validation_fraction",
                fraction,
                "0: the data tell which rows validate");
        faults.check(
                validates || fraction > 0 || spec.earlyStopping().isEmpty(),
                "split.validation_fraction",
                fraction,
                "above 0: early stopping needs validation rows, and the data tell none");
    }

    private void checkFractions(Split split) {
        long rows = facts.rows();
        double heldOut = rows * spec.data().testFraction();
        double validation = rows * split.validationFraction();
        faults.check(
                !(heldOut < 1) && !(rows - heldOut < 1),
                "test_fraction",
                spec.data().testFraction() + " of " + rows + " rows",
                "at least one row held out and one to train");
        faults.check(
                validation == 0 || !(validation < 1) && !(rows - heldOut - validation < 1),
                "split.validation_fraction",
                split.validationFraction() + " of " + rows + " rows",
                "at least one row to validate and one to train");
    }
}
