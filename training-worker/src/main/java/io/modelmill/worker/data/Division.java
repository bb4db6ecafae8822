package io.modelmill.worker.data;

import io.modelmill.worker.failure.JobFailedException;
import io.modelmill.worker.split.Groups;
import io.modelmill.worker.split.RandomSplit;
import io.modelmill.worker.split.RowUse;
import io.modelmill.worker.split.RowUses;
import io.modelmill.worker.split.TimeSplit;
import io.modelmill.worker.store.Records;
import io.modelmill.worker.store.WorkFiles;
import java.util.EnumMap;
import java.util.Map;

/** Divides rows as a job asks. */
final class Division {
    private Division() {}

    /** @param classes rows that keep their share where the job wants that */
    static void divide(RowUses uses, Splitting splitting, SplitColumn column, Groups classes) {
        switch (splitting.type()) {
            case STRATIFIED -> random(uses, splitting, classes);
            case RANDOM -> random(uses, splitting, Groups.ONE);
            case TIME -> TimeSplit.holdOut(uses, column.times(), splitting.heldOut(), splitting.validation());
            case GIVEN -> given(uses, splitting, classes);
            case NONE -> {}
        }
    }

    /** Holds out these rows and no other; those that were dropped stay so. */
    static void holdOut(RowUses uses, long[] rows) {
        for (long row = 0; row < uses.count(); row++) {
            if (uses.get(row) != RowUse.DROPPED) {
                uses.set(row, RowUse.TRAINING);
            }
        }
        for (long row : rows) {
            if (row < 0 || row >= uses.count()) {
                throw new JobFailedException(
                        "the parent's held-out-rows.json names row %d (expected: 0 to %d, as the data set has %d rows)"
                                .formatted(row, uses.count() - 1, uses.count()));
            }
            if (uses.get(row) != RowUse.DROPPED) {
                uses.set(row, RowUse.HELD_OUT);
            }
        }
    }

    /** Refuses to go on without any row. */
    static void requireRows(RowUses uses) {
        if (uses.count(RowUse.DROPPED) == uses.count()) {
            throw new JobFailedException("all %d row(s) of the data set were dropped (expected: at least 1 left; %s)"
                    .formatted(uses.count(), "data.cleaning says which are dropped"));
        }
    }

    private static void random(RowUses uses, Splitting splitting, Groups groups) {
        RandomSplit.holdOut(uses, groups, splitting.heldOut(), splitting.validation(), splitting.seed());
    }

    /** Where the data tell which rows train and which are held out, some of the former validate if none does by the data. */
    static void given(RowUses uses, Splitting splitting, Groups groups) {
        for (RowUse use : new RowUse[] {RowUse.TRAINING, RowUse.HELD_OUT}) {
            if (uses.count(use) == 0) {
                throw new JobFailedException("the data set has no row of subset %s (expected: at least 1, for %s)"
                        .formatted(use == RowUse.TRAINING ? "train" : "test", "data.split.type given"));
            }
        }
        if (splitting.validation() > 0) {
            if (uses.count(RowUse.VALIDATION) > 0) {
                throw Choices.refused(
                        "split.validation_fraction",
                        splitting.validation(),
                        "0, for the data set has %d rows of subset validation"
                                .formatted(uses.count(RowUse.VALIDATION)));
            }
            RandomSplit.validate(uses, groups, splitting.validation(), splitting.seed());
        }
    }

    /** The numbers of the rows of each use. */
    static Map<RowUse, Records> numbers(RowUses uses, WorkFiles files) {
        Map<RowUse, Records> numbers = new EnumMap<>(RowUse.class);
        for (RowUse use : new RowUse[] {RowUse.TRAINING, RowUse.VALIDATION, RowUse.HELD_OUT}) {
            numbers.put(use, uses.numbers(files, use));
        }
        return numbers;
    }
}
