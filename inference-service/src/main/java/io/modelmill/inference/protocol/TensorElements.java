package io.modelmill.inference.protocol;

import java.util.List;
import java.util.OptionalLong;

/** Counts of elements. */
final class TensorElements {
    /** Axes beyond this cannot be addressed. */
    static final long LONGEST_AXIS = Integer.MAX_VALUE;

    private TensorElements() {}

    /** Number of elements of a tensor of the shape; empty if an axis or the product is out of bounds. */
    static OptionalLong count(List<Long> shape) {
        long count = 1;
        for (long axis : shape) {
            if (axis < 0 || axis > LONGEST_AXIS) {
                return OptionalLong.empty();
            }
            long high = Math.multiplyHigh(count, axis);
            count *= axis;
            if (high != 0 || count < 0) {
                return OptionalLong.empty();
            }
        }
        return OptionalLong.of(count);
    }
}
