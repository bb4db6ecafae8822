package io.modelmill.worker.split;

import io.modelmill.worker.failure.JobFailedException;
import java.util.Arrays;
import java.util.Random;

/**
 * Chooses at random by the seed, in one pass: each row is drawn with what its group still needs out of what is left of it, so
 * that each group gives its share exactly. Each group keeps a row to train on.
 */
public final class RandomSplit {
    private final RowUses uses;
    private final Groups groups;
    private final long[] left;
    private final long[] heldOut;
    private final long[] validation;

    private RandomSplit(RowUses uses, Groups groups) {
        this.uses = uses;
        this.groups = groups;
        this.left = new long[groups.count()];
        this.heldOut = new long[groups.count()];
        this.validation = new long[groups.count()];
        for (long row = 0; row < uses.count(); row++) {
            if (uses.get(row) == RowUse.TRAINING) {
                left[groups.of().applyAsInt(row)]++;
            }
        }
    }

    /**
     * Divides the rows that train.
     *
     * @param heldOutFraction share of them to hold out; at least one row is
     * @param validationFraction share of them to validate on; at least one row does unless it is 0
     * @throws JobFailedException where there are too few rows
     */
    public static void holdOut(
            RowUses uses, Groups groups, double heldOutFraction, double validationFraction, long seed) {
        var split = new RandomSplit(uses, groups);
        long count = Arrays.stream(split.left).sum();
        if (count < 2) {
            throw new JobFailedException(
                    "the data set has %d row(s) (expected: at least 2, one of them to hold out)".formatted(count));
        }
        split.take(split.heldOut, heldOutFraction, "to hold one out");
        if (validationFraction > 0) {
            split.take(split.validation, validationFraction, "to validate on one");
        }
        split.draw(seed);
    }

    /** Takes a share of the rows that train to validate on. */
    public static void validate(RowUses uses, Groups groups, double fraction, long seed) {
        var split = new RandomSplit(uses, groups);
        split.take(split.validation, fraction, "to validate on one");
        split.draw(seed);
    }

    private void take(long[] share, double fraction, String why) {
        long taken = 0;
        int largest = 0;
        for (int group = 0; group < left.length; group++) {
            long free = free(group);
            share[group] = Math.max(0, Math.min(Math.round(left[group] * fraction), free - 1));
            taken += share[group];
            largest = free > free(largest) ? group : largest;
        }
        if (taken == 0) {
            // So few rows that each share rounds to none: the largest group gives one.
            long most = Math.max(0, free(largest));
            if (most < 2) {
                throw new JobFailedException(
                        left.length == 1
                                ? "only %d row(s) are left (expected: at least 2, %s)".formatted(most, why)
                                : "every class has only %d row(s) left (expected: at least one class with 2, %s)"
                                        .formatted(most, why));
            }
            share[largest] = 1;
        }
    }

    private long free(int group) {
        return left[group] - heldOut[group] - validation[group];
    }

    private void draw(long seed) {
        var random = new Random(seed);
        for (long row = 0; row < uses.count(); row++) {
            if (uses.get(row) != RowUse.TRAINING) {
                continue;
            }
            int group = groups.of().applyAsInt(row);
            long drawn = random.nextLong(left[group]--);
            if (drawn < heldOut[group]) {
                heldOut[group]--;
                uses.set(row, RowUse.HELD_OUT);
            } else if (drawn < heldOut[group] + validation[group]) {
                validation[group]--;
                uses.set(row, RowUse.VALIDATION);
            }
        }
    }
}
