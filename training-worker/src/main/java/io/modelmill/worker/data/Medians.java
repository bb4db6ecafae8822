package io.modelmill.worker.data;

import io.modelmill.worker.split.RowUse;
import io.modelmill.worker.split.RowUses;
import io.modelmill.worker.store.Records;
import java.util.Arrays;

/**
 * Medians of columns of 32-bit floats among the rows that train. Digits are counted, most significant first: a few passes over
 * the rows for all columns together, 16 KiB for each column, and no sorting.
 */
final class Medians {
    private static final int DIGIT_BITS = 11;
    private static final int DIGITS = 1 << DIGIT_BITS;
    private static final int PASSES = 3;

    private final Records records;
    private final RowUses uses;
    private final int width;
    private final float[] values;

    private Medians(Records records, RowUses uses, int width) {
        this.records = records;
        this.uses = uses;
        this.width = width;
        this.values = new float[width];
    }

    /** The median of each column, NaN left out; NaN where there is nothing else. */
    static float[] of(Records records, RowUses uses, int width) {
        return new Medians(records, uses, width).find();
    }

    private float[] find() {
        long[] counts = new long[width];
        forEachRow(() -> {
            for (int column = 0; column < width; column++) {
                counts[column] += Float.isNaN(values[column]) ? 0 : 1;
            }
        });
        // The lower of two in the middle; equal says how many numbers it is the same as, and before how many of them
        // precede.
        long[] before = new long[width];
        long[] equal = new long[width];
        for (int column = 0; column < width; column++) {
            before[column] = (counts[column] - 1) / 2;
        }
        int[] keys = new int[width];
        for (int pass = 0; pass < PASSES; pass++) {
            narrow(keys, before, equal, pass);
        }
        return middles(counts, keys, before, equal);
    }

    private void narrow(int[] keys, long[] before, long[] equal, int pass) {
        int shift = Math.max(0, Integer.SIZE - DIGIT_BITS * (pass + 1));
        int bits = Math.min(DIGIT_BITS, Integer.SIZE - DIGIT_BITS * pass);
        int mask = pass == 0 ? 0 : -1 << (shift + bits);
        long[][] digits = new long[width][DIGITS];
        forEachRow(() -> {
            for (int column = 0; column < width; column++) {
                int key = key(values[column]);
                if (!Float.isNaN(values[column]) && ((key ^ keys[column]) & mask) == 0) {
                    digits[column][key >>> shift & ((1 << bits) - 1)]++;
                }
            }
        });
        for (int column = 0; column < width; column++) {
            int digit = 0;
            while (digit < DIGITS - 1 && before[column] >= digits[column][digit]) {
                before[column] -= digits[column][digit++];
            }
            keys[column] |= digit << shift;
            equal[column] = digits[column][digit];
        }
    }

    private float[] middles(long[] counts, int[] keys, long[] before, long[] equal) {
        float[] next = new float[width];
        Arrays.fill(next, Float.POSITIVE_INFINITY);
        forEachRow(() -> {
            for (int column = 0; column < width; column++) {
                boolean larger = Integer.compareUnsigned(key(values[column]), keys[column]) > 0;
                if (larger && !Float.isNaN(values[column])) {
                    next[column] = Math.min(next[column], values[column]);
                }
            }
        });
        float[] medians = new float[width];
        for (int column = 0; column < width; column++) {
            float lower = number(keys[column]);
            boolean upperIsEqual = before[column] + 1 < equal[column];
            boolean two = counts[column] % 2 == 0 && !upperIsEqual;
            medians[column] =
                    counts[column] == 0 ? Float.NaN : two ? (float) (((double) lower + next[column]) / 2) : lower;
        }
        return medians;
    }

    private void forEachRow(Runnable consumer) {
        for (long row = 0; row < uses.count(); row++) {
            if (uses.get(row) == RowUse.TRAINING) {
                records.copy(row, values);
                consumer.run();
            }
        }
    }

    /** Bits that have the order of the numbers where they are read without a sign. */
    private static int key(float value) {
        int bits = Float.floatToIntBits(value);
        return bits ^ (bits >> 31 | Integer.MIN_VALUE);
    }

    private static float number(int key) {
        return Float.intBitsToFloat(key < 0 ? key ^ Integer.MIN_VALUE : ~key);
    }
}
