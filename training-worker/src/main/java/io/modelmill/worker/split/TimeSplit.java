package io.modelmill.worker.split;

import io.modelmill.worker.failure.JobFailedException;
import io.modelmill.worker.store.Records;

/** Holds out the last rows by a number, and validates on those before them. Of equal numbers the later row is the later. */
public final class TimeSplit {
    private static final int DIGIT_BITS = 16;
    private static final int DIGITS = 1 << DIGIT_BITS;

    private final RowUses uses;
    private final Records times;

    private TimeSplit(RowUses uses, Records times) {
        this.uses = uses;
        this.times = times;
    }

    /**
     * Divides the rows that train.
     *
     * @param times a 64-bit float for each row
     * @param heldOutFraction share of them to hold out; at least one row is
     * @param validationFraction share of them to validate on; at least one row does unless it is 0
     * @throws JobFailedException where there are too few rows
     */
    public static void holdOut(RowUses uses, Records times, double heldOutFraction, double validationFraction) {
        long count = uses.count(RowUse.TRAINING);
        long heldOut = Math.max(1, Math.round(count * heldOutFraction));
        long validation = validationFraction > 0 ? Math.max(1, Math.round(count * validationFraction)) : 0;
        if (heldOut + validation >= count) {
            throw new JobFailedException(
                    "the data set has %d row(s) (expected: more than the %d to hold out and %d to validate on)"
                            .formatted(count, heldOut, validation));
        }
        var split = new TimeSplit(uses, times);
        Place first = split.find(count - heldOut);
        split.moveFrom(first, RowUse.HELD_OUT);
        if (validation > 0) {
            split.moveFrom(split.find(count - heldOut - validation), RowUse.VALIDATION);
        }
    }

    /** Finds the row of a rank by counting digits, most significant first: four passes and no sorting. */
    private Place find(long rank) {
        long prefix = 0;
        long before = rank;
        for (int shift = Long.SIZE - DIGIT_BITS; shift >= 0; shift -= DIGIT_BITS) {
            long mask = shift + DIGIT_BITS == Long.SIZE ? 0 : -1L << (shift + DIGIT_BITS);
            long[] counts = new long[DIGITS];
            for (long row = 0; row < uses.count(); row++) {
                if (uses.get(row) == RowUse.TRAINING) {
                    long key = key(row);
                    if ((key & mask) == (prefix & mask)) {
                        counts[(int) (key >>> shift) & (DIGITS - 1)]++;
                    }
                }
            }
            int digit = 0;
            while (before >= counts[digit]) {
                before -= counts[digit++];
            }
            prefix |= (long) digit << shift;
        }
        return new Place(prefix, before);
    }

    private void moveFrom(Place first, RowUse use) {
        long equal = 0;
        for (long row = 0; row < uses.count(); row++) {
            if (uses.get(row) != RowUse.TRAINING) {
                continue;
            }
            int order = Long.compareUnsigned(key(row), first.key);
            if (order > 0 || (order == 0 && equal++ >= first.equalBefore)) {
                uses.set(row, use);
            }
        }
    }

    /** Bits that have the order of the numbers where they are read without a sign. */
    private long key(long row) {
        // Adding 0 makes one zero of both.
        long bits = Double.doubleToLongBits(times.doubleAt(row, 0) + 0.0);
        return bits ^ (bits >> 63 | Long.MIN_VALUE);
    }

    private record Place(long key, long equalBefore) {}
}
