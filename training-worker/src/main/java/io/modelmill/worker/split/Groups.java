package io.modelmill.worker.split;

import java.util.function.LongToIntFunction;

/**
 * Rows that keep their share on each side of a split, such as those of a class.
 *
 * @param count groups
 * @param of the group of a row, from 0
 */
public record Groups(int count, LongToIntFunction of) {
    /** All rows together. */
    public static final Groups ONE = new Groups(1, row -> 0);
}
